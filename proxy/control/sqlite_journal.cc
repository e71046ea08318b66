#include "proxy/control/sqlite_journal.h"

#include <iterator>
#include <utility>

#include "config/limits.h"

namespace crossfade {

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path, Post post) {
  auto file = SqliteFile::open(path);
  if (!file) return file.error();
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(*file), std::move(post)));
}

SqliteJournal::SqliteJournal(SqliteFile file, Post post)
    : file_{std::move(file)}, post_{std::move(post)} {}

SqliteJournal::~SqliteJournal() {
  *alive_ = false;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  if (writer_.joinable()) writer_.join();
}

Result<std::vector<JournalRecord>> SqliteJournal::load() {
  VERIFY(!writer_.joinable());
  if (auto compacted = file_.compact(limits::kJournalRowsKept); !compacted)
    return compacted.error();
  const auto rows = file_.newest();
  if (!rows) return rows.error();
  std::vector<JournalRecord> records;
  std::vector<std::string> deleted;
  records.reserve(rows->size());
  for (const SqliteFile::Row& row : *rows) {
    auto record = parse_record(row.text);
    if (!record) return invalid("journal: record of " + row.key + ": " + record.error().message);
    if (std::holds_alternative<MigrationDeleted>(*record)) deleted.push_back(row.key);
    records.push_back(std::move(*record));
  }
  // Or the names of all migrations there ever were would be kept for ever.
  if (auto forgotten = file_.forget(deleted); !forgotten) return forgotten.error();
  return records;
}

void SqliteJournal::append(std::vector<JournalRecord> records, Completion completion) {
  Batch batch{{}, std::move(completion)};
  for (const JournalRecord& record : records)
    batch.rows.push_back({key_of(record), to_text(record)});
  {
    const std::lock_guard lock{mutex_};
    if (waiting_.size() < limits::kJournalWaitingMax) {
      waiting_.push_back(std::move(batch));
    } else {
      return complete(std::move(batch.completion),
                      Error{ErrorCode::kFull, Side::kSelf, Retry::kYes,
                            "journal: too many changes wait for the disk"});
    }
  }
  if (!writer_.joinable()) writer_ = std::thread{[this] { write_until_stopped(); }};
  changed_.notify_one();
}

void SqliteJournal::write_until_stopped() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Batch> batches = std::exchange(waiting_, {});
    lock.unlock();
    write(std::move(batches));
    lock.lock();
  }
}

void SqliteJournal::write(std::vector<Batch> batches) {
  std::vector<SqliteFile::Row> rows;
  for (Batch& batch : batches) std::ranges::move(batch.rows, std::back_inserter(rows));
  const Result<void> outcome = file_.append(rows);
  for (Batch& batch : batches) complete(std::move(batch.completion), outcome);

  rows_since_compaction_ += rows.size();
  if (rows_since_compaction_ < limits::kJournalRowsKept) return;
  // A compaction that fails costs space, not safety: the next one tries again.
  if (file_.compact(limits::kJournalRowsKept)) rows_since_compaction_ = 0;
}

void SqliteJournal::complete(Completion completion, Result<void> outcome) {
  post_([alive = alive_, completion = std::move(completion), outcome = std::move(outcome)] {
    if (*alive) completion(outcome);
  });
}

}  // namespace crossfade
