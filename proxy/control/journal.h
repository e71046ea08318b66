#pragma once

// The door to durable decisions: what was decided, in order, so that a restart knows it.
// SQLite by default (sqlite_journal.h); in memory for tests and for those who want nothing kept
// (memory_journal.h).

#include <functional>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "proxy/migration/journal_record.h"

namespace crossfade {

// Runs a function on the control thread, later.
using Post = std::function<void(std::function<void()>)>;

// "split playlist", "migration m1": what a record is about. Only the newest record of each key
// counts.
std::string key_of(const JournalRecord& record);

// Used from the control thread alone. Never blocks it after load(): a slow disk delays completions,
// nothing else.
class Journal {
 public:
  // On the control thread, exactly once, never from inside append(); not at all once the Journal is
  // destroyed.
  using Completion = std::function<void(Result<void>)>;

  virtual ~Journal() = default;

  // Makes the records durable together, all or none, in the order of the calls. Success means:
  // survives a power cut. After an error they may survive or not. Errors: kFull when too many wait
  // already, kIo with what the disk said.
  virtual void append(std::vector<JournalRecord> records, Completion completion) = 0;

  // The newest record of each key, oldest first. Once, at start, before the first append; may
  // block. Errors: kIo or kInvalid, with what an operator can do about it.
  virtual Result<std::vector<JournalRecord>> load() = 0;
};

}  // namespace crossfade
