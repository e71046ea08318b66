#include "proxy/control/memory_journal.h"

#include <utility>

namespace crossfade {

void MemoryJournal::append(std::vector<JournalRecord> records, Completion completion) {
  for (JournalRecord& record : records) {
    std::erase_if(records_,
                  [key = key_of(record)](const JournalRecord& old) { return key_of(old) == key; });
    records_.push_back(std::move(record));
  }
  post_([alive = alive_, completion = std::move(completion)] {
    if (*alive) completion({});
  });
}

Result<std::vector<JournalRecord>> MemoryJournal::load() {
  return records_;
}

}  // namespace crossfade
