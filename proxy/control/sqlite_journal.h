#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proxy/control/journal.h"
#include "proxy/control/sqlite_file.h"

namespace crossfade {

// Decisions in a SQLite file, written by a thread of its own so that a slow disk delays only the
// completions. Appends that wait together are written together: one sync for all of them.
class SqliteJournal final : public Journal {
 public:
  // `post` must work until the destructor returned. Errors: as SqliteFile::open.
  static Result<std::unique_ptr<SqliteJournal>> open(const std::string& path, Post post);
  // Writes what still waits; completions that did not run by then never do.
  ~SqliteJournal() override;

  void append(std::vector<JournalRecord> records, Completion completion) override;
  Result<std::vector<JournalRecord>> load() override;

 private:
  struct Batch {
    std::vector<SqliteFile::Row> rows;
    Completion completion;
  };

  SqliteJournal(SqliteFile file, Post post);
  void write_until_stopped();
  void write(std::vector<Batch> batches);
  void complete(Completion completion, Result<void> outcome);

  SqliteFile file_;  // of the writer thread once that runs
  const Post post_;
  const std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // read and written on the control thread
  std::uint64_t rows_since_compaction_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Batch> waiting_;
  bool stopping_ = false;

  std::thread writer_;  // from the first append on; last, so that all it uses exists
};

}  // namespace crossfade
