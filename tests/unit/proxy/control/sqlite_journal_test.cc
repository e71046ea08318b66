#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <sqlite3.h>
#include <catch2/catch.hpp>

#include "config/limits.h"
#include "proxy/control/memory_journal.h"
#include "proxy/control/sqlite_journal.h"

namespace crossfade {

namespace {

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "crossfade-journal-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file() const { return (path_ / "journal.db").string(); }

 private:
  std::filesystem::path path_;
};

// The control thread's queue: what other threads post, run by whoever waits.
class Posts {
 public:
  Post door() {
    return [this](std::function<void()> post) {
      const std::lock_guard lock{mutex_};
      posts_.push_back(std::move(post));
      arrived_.notify_one();
    };
  }
  void run_next() {
    std::unique_lock lock{mutex_};
    REQUIRE(arrived_.wait_for(lock, 20s, [this] { return !posts_.empty(); }));
    const auto post = std::move(posts_.front());
    posts_.erase(posts_.begin());
    lock.unlock();
    post();
  }
  std::size_t size() {
    const std::lock_guard lock{mutex_};
    return posts_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::function<void()>> posts_;
};

SplitRecord split(std::string_view service, std::uint64_t revision) {
  SplitRecord record;
  record.service = ServiceName::of(service);
  record.intervals = {{0, ClusterName::of("old")}};
  record.revision = revision;
  return record;
}

std::uint64_t revision_of(const JournalRecord& record) {
  return std::get<SplitRecord>(record).revision;
}

std::string error_of(const std::string& path) {
  const auto file = SqliteFile::open(path);
  return file ? "" : file.error().message;
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  REQUIRE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what was appended is there after the file is opened again, the newest of each key") {
  const Folder folder;
  Posts posts;
  {
    const auto journal = SqliteJournal::open(folder.file(), posts.door()).value();
    REQUIRE(journal->load().value().empty());
    int succeeded = 0;
    const auto count = [&](const Result<void>& outcome) { succeeded += outcome.has_value(); };
    journal->append({split("a", 1), split("b", 1)}, count);
    journal->append({split("a", 2)}, count);
    posts.run_next();
    posts.run_next();
    CHECK(succeeded == 2);
  }

  const auto journal = SqliteJournal::open(folder.file(), posts.door()).value();
  const auto records = journal->load().value();

  REQUIRE(records.size() == 2);
  CHECK(key_of(records[0]) == "split b");
  CHECK(revision_of(records[0]) == 1);
  CHECK(key_of(records[1]) == "split a");
  CHECK(revision_of(records[1]) == 2);
}

TEST_CASE("a journal that is destroyed writes what waits, and completes nothing") {
  const Folder folder;
  Posts posts;
  bool is_completed = false;
  {
    const auto journal = SqliteJournal::open(folder.file(), posts.door()).value();
    journal->append({split("a", 1)}, [&](const Result<void>&) { is_completed = true; });
  }
  while (posts.size() > 0) posts.run_next();

  CHECK_FALSE(is_completed);
  CHECK(SqliteJournal::open(folder.file(), posts.door()).value()->load().value().size() == 1);
}

TEST_CASE("a completion never comes from inside append") {
  Posts posts;
  MemoryJournal journal{posts.door()};
  bool is_completed = false;
  journal.append({split("a", 1)}, [&](const Result<void>&) { is_completed = true; });
  CHECK_FALSE(is_completed);
  posts.run_next();
  CHECK(is_completed);
  CHECK(journal.load().value().size() == 1);
}

TEST_CASE("a file that another process has open is refused") {
  const Folder folder;
  const auto first = SqliteFile::open(folder.file());
  REQUIRE(first.has_value());
  CHECK(contains(error_of(folder.file()), "another process has it open"));
}

TEST_CASE("a newer format is refused, with what to do") {
  const Folder folder;
  REQUIRE(error_of(folder.file()) == "");
  run_sql(folder.file(), "PRAGMA user_version=2");
  CHECK(contains(error_of(folder.file()),
                 "written in format 2, this version reads up to 1; run the newer version"));
}

TEST_CASE("another program's database is refused and left as it was") {
  const Folder folder;
  run_sql(folder.file(), "CREATE TABLE theirs(x); PRAGMA application_id=7");
  CHECK(contains(error_of(folder.file()), "another program's database"));
  run_sql(folder.file(), "INSERT INTO theirs VALUES(1)");
}

TEST_CASE("a damaged file is refused, with what to do") {
  const Folder folder;
  std::ofstream{folder.file()} << std::string(8192, 'x');
  CHECK(contains(error_of(folder.file()),
                 "the file is damaged: restore it from a backup, or move it away"));
}

TEST_CASE("a missing folder is named") {
  const Folder folder;
  CHECK(contains(error_of(folder.file() + "/no/journal.db"), "check that the folder exists"));
}

TEST_CASE("a disk that is full refuses an append, and takes the next one when there is room") {
  const Folder folder;
  auto file = SqliteFile::open(folder.file()).value();
  const SqliteFile::Row large{"a", std::string(1 << 20, 'x')};
  REQUIRE(file.limit_pages(20).has_value());
  const auto refused = file.append(std::array{large});
  REQUIRE(refused.has_error());
  CHECK(contains(refused.error().message, "free some space"));
  CHECK(file.newest().value().empty());

  REQUIRE(file.limit_pages(1 << 20).has_value());
  CHECK(file.append(std::array{large}).has_value());
  CHECK(file.newest().value().size() == 1);
}

TEST_CASE("a deleted migration leaves nothing behind after a restart") {
  const Folder folder;
  Posts posts;
  {
    const auto journal = SqliteJournal::open(folder.file(), posts.door()).value();
    const MigrationDeleted deleted{MigrationName::of("m1"), {"ada", "over"}, WallTime{}};
    journal->append({split("a", 1), deleted}, [](const Result<void>&) {});
    posts.run_next();
  }
  REQUIRE(SqliteJournal::open(folder.file(), posts.door()).value()->load().value().size() == 2);

  auto file = SqliteFile::open(folder.file()).value();
  CHECK(file.size().value() == 1);
  CHECK(file.newest().value().front().key == "split a");
}

TEST_CASE("compaction keeps the newest of each key, and the last rows") {
  const Folder folder;
  auto file = SqliteFile::open(folder.file()).value();
  REQUIRE(file.append(std::array<SqliteFile::Row, 1>{{{"b", "only"}}}).has_value());
  for (int i = 0; i < 10; ++i)
    REQUIRE(file.append(std::array<SqliteFile::Row, 1>{{{"a", std::to_string(i)}}}).has_value());

  REQUIRE(file.compact(3).has_value());

  const auto rows = file.newest().value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].text == "only");
  CHECK(rows[1].text == "9");
  CHECK(file.size().value() == 4);
}

}  // namespace crossfade
