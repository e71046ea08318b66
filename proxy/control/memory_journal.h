#pragma once

#include <map>
#include <memory>
#include <string>

#include "proxy/control/journal.h"

namespace crossfade {

// Decisions in memory: nothing survives the process. For tests, and for operators who set
// state.journal to "memory".
class MemoryJournal final : public Journal {
 public:
  explicit MemoryJournal(Post post) : post_{std::move(post)} {}
  ~MemoryJournal() override { *alive_ = false; }

  void append(std::vector<JournalRecord> records, Completion completion) override;
  Result<std::vector<JournalRecord>> load() override;

 private:
  const Post post_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::vector<JournalRecord> records_;  // newest of each key, oldest first
};

}  // namespace crossfade
