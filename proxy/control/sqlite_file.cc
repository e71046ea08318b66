#include "proxy/control/sqlite_file.h"

#include <sqlite3.h>

namespace crossfade {

namespace {

constexpr std::int64_t kApplicationId =
    0x43524644;  // "CRFD": tells our files from other programs' (SQLite format 1.3)

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement prepared(sqlite3* handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr);
  return Statement{statement};  // null on error; the handle knows why
}

// `text` outlives the step.
void bind(sqlite3_stmt* statement, int place, const std::string& text) {
  sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string column_text(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string{}
                         : std::string(text, sqlite3_column_bytes(statement, column));
}

// What an operator can do, by SQLite's primary result code.
const char* advice(int code) {
  switch (code) {
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return "check that the folder exists and that this user may write there";
    case SQLITE_READONLY:
      return "make the file, its folder and its file system writable for this user";
    case SQLITE_FULL: return "free some space on its disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has it open: stop that one or set state.journal to another path";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: restore it from a backup, or move it away to start from the "
             "configured weights";
    default: return "check the disk";
  }
}

bool is_damage(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

}  // namespace

void SqliteFile::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Error SqliteFile::failure() const {
  const int code = sqlite3_errcode(handle_.get()) & 0xff;
  return {is_damage(code) ? ErrorCode::kInvalid : ErrorCode::kIo, Side::kSelf, Retry::kYes,
          "journal " + path_ + ": " + sqlite3_errmsg(handle_.get()) + "; " + advice(code)};
}

Result<void> SqliteFile::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

Result<std::int64_t> SqliteFile::number(const char* sql) {
  const Statement statement = prepared(handle_.get(), sql);
  if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return failure();
  return sqlite3_column_int64(statement.get(), 0);
}

Result<SqliteFile> SqliteFile::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteFile file{Handle{raw}, path};  // also after an error: the handle has the reason
  if (opened != SQLITE_OK) return file.failure();
  if (auto done = file.prepare(); !done) return done.error();
  return file;
}

Result<void> SqliteFile::prepare() {
  sqlite3_busy_timeout(handle_.get(), 2000);  // a predecessor may still be on its way out
  // Exclusive: the lock is held while open, which also keeps the log's index in our own memory.
  if (auto done = execute("PRAGMA locking_mode=EXCLUSIVE"); !done) return done;
  if (auto done = check_ours(); !done) return done;
  const std::string sql =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN IMMEDIATE;"
      "PRAGMA application_id=" +
      std::to_string(kApplicationId) +
      ";"
      "PRAGMA user_version=" +
      std::to_string(kFormat) +
      ";"
      "CREATE TABLE IF NOT EXISTS record(sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, text "
      "TEXT NOT NULL) STRICT;"
      "CREATE INDEX IF NOT EXISTS record_key ON record(key, sequence);"
      "COMMIT";
  return execute(sql.c_str());
}

// Nothing is written before this said yes: a wrong path must not cost somebody else his database.
Result<void> SqliteFile::check_ours() {
  const auto tables = number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == 0) return {};
  const auto application = number("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplicationId) {
    return invalid("journal " + path_ +
                   ": this is another program's database; set state.journal to another path");
  }
  const auto format = number("PRAGMA user_version");
  if (!format) return format.error();
  if (*format > kFormat) {
    return invalid("journal " + path_ + ": written in format " + std::to_string(*format) +
                   ", this version reads up to " + std::to_string(kFormat) +
                   "; run the newer version, or set state.journal to another path");
  }
  const Statement check = prepared(handle_.get(), "PRAGMA quick_check(1)");
  if (!check || sqlite3_step(check.get()) != SQLITE_ROW) return failure();
  if (const std::string found = column_text(check.get(), 0); found != "ok") {
    return invalid("journal " + path_ + ": " + found + "; " + advice(SQLITE_CORRUPT));
  }
  return {};
}

Result<void> SqliteFile::append(std::span<const Row> rows) {
  return for_each("INSERT INTO record(key, text) VALUES(?1, ?2)", rows.size(),
                  [&](sqlite3_stmt* insert, std::size_t i) {
                    bind(insert, 1, rows[i].key);
                    bind(insert, 2, rows[i].text);
                  });
}

Result<void> SqliteFile::forget(std::span<const std::string> keys) {
  return for_each("DELETE FROM record WHERE key = ?1", keys.size(),
                  [&](sqlite3_stmt* remove, std::size_t i) { bind(remove, 1, keys[i]); });
}

// Runs the statement `count` times, in one transaction.
Result<void> SqliteFile::for_each(const char* sql, std::size_t count, const Bind& bind_values) {
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto undone = [this] {
    const Error error = failure();  // before ROLLBACK replaces it
    execute("ROLLBACK");
    return error;
  };
  const Statement statement = prepared(handle_.get(), sql);
  if (!statement) return undone();
  for (std::size_t i = 0; i < count; ++i) {
    sqlite3_reset(statement.get());
    bind_values(statement.get(), i);
    if (sqlite3_step(statement.get()) != SQLITE_DONE) return undone();
  }
  sqlite3_reset(statement.get());
  if (sqlite3_exec(handle_.get(), "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK)
    return undone();
  return {};
}

Result<std::vector<SqliteFile::Row>> SqliteFile::newest() {
  const Statement select = prepared(handle_.get(),
                                    "SELECT key, text FROM record WHERE sequence IN (SELECT "
                                    "max(sequence) FROM record GROUP BY key) "
                                    "ORDER BY sequence");
  if (!select) return failure();
  std::vector<Row> rows;
  int state = 0;
  while ((state = sqlite3_step(select.get())) == SQLITE_ROW) {
    rows.push_back({column_text(select.get(), 0), column_text(select.get(), 1)});
  }
  if (state != SQLITE_DONE) return failure();
  return rows;
}

Result<void> SqliteFile::compact(std::uint64_t kept) {
  const std::string sql =
      "DELETE FROM record WHERE sequence <= (SELECT max(sequence) FROM record) - " +
      std::to_string(kept) + " AND sequence NOT IN (SELECT max(sequence) FROM record GROUP BY key)";
  return execute(sql.c_str());
}

}  // namespace crossfade
