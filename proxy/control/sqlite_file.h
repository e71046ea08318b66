#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace crossfade {

// A file of rows in the order of writing, in SQLite: write-ahead log, a full sync before success.
// Blocks; one thread at a time. Only one process has it open, so two proxies never decide on one
// file. Every error says what an operator can do about it.
class SqliteFile {
 public:
  // Newer formats are refused.
  static constexpr int kFormat = 1;

  struct Row {
    std::string key;
    std::string text;
  };

  // Made when absent; its folder must exist. Errors: kIo (permissions, held by another process),
  // kInvalid (not ours, damaged, or of a newer format).
  static Result<SqliteFile> open(const std::string& path);

  // All rows or none. Errors: kIo (disk full, read-only, damaged).
  Result<void> append(std::span<const Row> rows);

  // The newest row of each key, oldest first.
  Result<std::vector<Row>> newest();

  // Rows, old ones included.
  Result<std::int64_t> size() { return number("SELECT count(*) FROM record"); }

  // Deletes every row of these keys, all or none.
  Result<void> forget(std::span<const std::string> keys);

  // The file never gets larger than so many pages: appends fail as on a full disk.
  Result<void> limit_pages(std::int64_t pages) {
    return execute(("PRAGMA max_page_count=" + std::to_string(pages)).c_str());
  }

  // Deletes rows that a newer one of the same key replaces, except the last `kept` rows of the
  // file.
  Result<void> compact(std::uint64_t kept);

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  using Handle = std::unique_ptr<sqlite3, Close>;

  SqliteFile(Handle handle, std::string path)
      : handle_{std::move(handle)}, path_{std::move(path)} {}
  Result<void> prepare();
  Result<void> check_ours();
  Result<void> execute(const char* sql);
  using Bind = std::function<void(sqlite3_stmt*, std::size_t)>;
  Result<void> for_each(const char* sql, std::size_t count, const Bind& bind_values);
  Result<std::int64_t> number(const char* sql);
  Error failure() const;

  Handle handle_;
  std::string path_;
};

}  // namespace crossfade
