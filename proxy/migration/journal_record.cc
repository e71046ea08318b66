#include "proxy/migration/journal_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "config/limits.h"
#include "proxy/migration/journal_fields.h"
#include "proxy/migration/json_fields.h"

namespace crossfade {
namespace {

constexpr std::string_view kMagic = "crossfade";
constexpr std::size_t kChecksumDigits = 8;

// CRC-32C (Castagnoli), as in iSCSI (RFC 3720, appendix B.4): finds what disks and truncations do.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
    table[i] = crc;
  }
  return table;
}();

std::uint32_t crc32c(std::string_view text) {
  std::uint32_t crc = ~0u;
  for (const char c : text)
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

// In the order of JournalRecord's alternatives.
constexpr std::array<std::string_view, 3> kKinds = {"split", "migration", "migration_deleted"};

template <class T>
boost::json::object json_of(const T& value) {
  JsonWriter writer;
  fields(writer, value);
  return std::move(writer.object);
}
boost::json::object json_of(const MigrationRecord& record) {
  return json_of(record.migration);
}

std::string check_record(const SplitRecord& split) {
  if (split.service.empty()) return "/service: expected a name";
  if (split.intervals.empty() || split.intervals.front().begin != 0)
    return "/intervals: expected to begin at 0";
  const auto out_of_order = [](const SplitRecord::Interval& a, const SplitRecord::Interval& b) {
    return a.begin >= b.begin;
  };
  const auto& intervals = split.intervals;
  if (std::adjacent_find(intervals.begin(), intervals.end(), out_of_order) != intervals.end() ||
      intervals.back().begin >= Share::kWhole) {
    return "/intervals: expected to grow, below 1000000";
  }
  const bool named = std::none_of(intervals.begin(), intervals.end(),
                                  [](const auto& i) { return i.owner.empty(); });
  return named ? "" : "/intervals: expected every owner to have a name";
}

std::string check_record(const MigrationDeleted& deleted) {
  return deleted.migration.empty() ? "/migration: expected a name" : "";
}

bool is_sound(const Baseline& baseline) {
  const std::array<double, 7> counts = {
      baseline.attempts, baseline.failures,         baseline.isolated,     baseline.bunched,
      baseline.slow,     baseline.endpoint_seconds, baseline.largest_bunch};
  return std::all_of(counts.begin(), counts.end(),
                     [](double x) { return std::isfinite(x) && x >= 0; });
}

std::string check_record(const MigrationRecord& record) {
  const Migration& migration = record.migration;
  const MigrationSpec& spec = migration.spec;
  if (spec.name.empty() || spec.service.empty()) return "/spec: expected names";
  if (spec.targets.empty() || migration.sources.empty())
    return "/spec/targets: expected targets, and sources";
  for (const MigrationTarget& target : spec.targets) {
    if (target.proportion == 0 || target.cluster.empty())
      return "/spec/targets: expected names and proportions";
  }
  std::vector<FieldError> errors = check(spec.ramp, "/spec/ramp");
  for (FieldError& error : check(spec.gate, "/spec/gate")) errors.push_back(std::move(error));
  if (!errors.empty()) return errors.front().pointer + ": " + errors.front().expected;
  if (!is_sound(migration.gate.baseline)) return "/gate/baseline: expected counts";
  if (!std::isfinite(migration.gate.harmed) || migration.gate.harmed < 0)
    return "/gate/harmed: expected a count";
  return {};
}

template <class T>
Result<JournalRecord> read(const boost::json::value& body, T record) {
  JsonReader reader(body, {});
  if (reader.error().empty()) {
    if constexpr (std::is_same_v<T, MigrationRecord>) {
      fields(reader, record.migration);
    } else {
      fields(reader, record);
    }
  }
  const std::string error = reader.error().empty() ? check_record(record) : reader.error();
  if (!error.empty()) return invalid("journal record: " + error);
  return JournalRecord{std::move(record)};
}

Result<JournalRecord> read_json(std::string_view text) {
  boost::json::error_code failed;
  // Reasons come from people and other programs: a stray byte in one must not make a journal
  // unreadable.
  const boost::json::parse_options options{.allow_invalid_utf8 = true};
  const boost::json::value value = boost::json::parse(text, failed, {}, options);
  if (failed || !value.is_object()) return invalid("journal record: expected a JSON object");
  const boost::json::object& object = value.get_object();
  if (object.size() == 1) {
    const auto& [kind, body] = *object.begin();
    if (kind == kKinds[0]) return read(body, SplitRecord{});
    if (kind == kKinds[1]) return read(body, MigrationRecord{});
    if (kind == kKinds[2]) return read(body, MigrationDeleted{});
  }
  return invalid("journal record: expected one of split, migration, migration_deleted");
}

}  // namespace

std::string to_text(const JournalRecord& record) {
  boost::json::object object;
  object[kKinds[record.index()]] =
      std::visit([](const auto& value) { return json_of(value); }, record);
  const std::string body = boost::json::serialize(object);
  char head[48];
  const int size =
      std::snprintf(head, sizeof head, "crossfade%d %08x ", kJournalFormat, crc32c(body));
  return std::string(head, static_cast<std::size_t>(size)) + body;
}

Result<JournalRecord> parse_record(std::string_view text) {
  if (text.size() > limits::kJournalRecordBytesMax)
    return invalid("journal record: longer than any can be");
  if (!text.starts_with(kMagic))
    return invalid("journal record: expected to begin with \"crossfade\"");
  text.remove_prefix(kMagic.size());
  int format = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (failed != std::errc{} || format < 1)
    return invalid("journal record: expected the number of its format");
  if (format > kJournalFormat) {
    return Error{ErrorCode::kUnsupported, Side::kSelf, Retry::kNever,
                 "journal record: written by a newer version (format " + std::to_string(format) +
                     "); this one knows " + std::to_string(kJournalFormat) +
                     ": run the newer version, or move the journal away"};
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::uint32_t checksum = 0;
  if (text.size() < kChecksumDigits + 2 || text[0] != ' ' || text[kChecksumDigits + 1] != ' ' ||
      std::from_chars(text.data() + 1, text.data() + 1 + kChecksumDigits, checksum, 16).ptr !=
          text.data() + 1 + kChecksumDigits) {
    return invalid("journal record: expected a checksum of 8 hex digits");
  }
  text.remove_prefix(kChecksumDigits + 2);
  if (crc32c(text) != checksum) return invalid("journal record: damaged, its checksum is another");
  return read_json(text);
}

}  // namespace crossfade
