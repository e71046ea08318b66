#pragma once

// What the journal keeps, and its text form. PURE. One line of text per record: `crossfade1
// <crc32c, 8 hex digits> <JSON>`. The number is the version of the format.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/result.h"
#include "proxy/migration/migration.h"

namespace crossfade {

// The Split of a service by the names of its clusters, so that it outlives a change of their order
// in the Config.
struct SplitRecord {
  struct Interval {
    std::uint32_t begin =
        0;  // ends where the next begins; the first begins at 0, the last ends at Share::kWhole
    ClusterName owner;
    friend bool operator==(const Interval&, const Interval&) = default;
  };
  ServiceName service;
  std::vector<Interval> intervals;
  std::uint64_t revision = 0;
  std::uint64_t salt = 0;
  Because because;
  MigrationName migration = {};  // empty: set by hand or from the Config
  WallTime at = {};
  friend bool operator==(const SplitRecord&, const SplitRecord&) = default;
};

// A migration as it is once this record is confirmed.
struct MigrationRecord {
  Migration migration;
};

// A migration that was deleted: forget the records before.
struct MigrationDeleted {
  MigrationName migration;
  Because because;
  WallTime at = {};
  friend bool operator==(const MigrationDeleted&, const MigrationDeleted&) = default;
};

using JournalRecord = std::variant<SplitRecord, MigrationRecord, MigrationDeleted>;

inline constexpr int kJournalFormat = 1;

std::string to_text(const JournalRecord& record);  // without newline

// Errors: kInvalid when it is no record, is damaged (checksum) or breaks a rule, with the place in
// it; kUnsupported when a newer version of the program wrote it.
Result<JournalRecord> parse_record(std::string_view text);

}  // namespace crossfade
