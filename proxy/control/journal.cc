#include "proxy/control/journal.h"

namespace crossfade {

namespace {

struct KeyOf {
  std::string operator()(const SplitRecord& record) const {
    return "split " + record.service.str();
  }
  std::string operator()(const MigrationRecord& record) const {
    return "migration " + record.migration.name().str();
  }
  std::string operator()(const MigrationDeleted& record) const {
    return "migration " + record.migration.str();
  }
};

}  // namespace

std::string key_of(const JournalRecord& record) {
  return std::visit(KeyOf{}, record);
}

}  // namespace crossfade
