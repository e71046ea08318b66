#include <catch2/catch.hpp>

#include "config/base/random.h"
#include "proxy/migration/journal_record.h"
#include "proxy/migration/step.h"

namespace crossfade {
namespace {

const ClusterName kOld = ClusterName::of("old");
const ClusterName kNew = ClusterName::of("new");

SplitRecord split() {
  return {.service = ServiceName::of("playlist"),
          .intervals = {{0, kOld}, {250'000, kNew}, {999'999, kOld}},
          .revision = 7,
          .salt = 0xfedc'ba98'7654'3210,
          .because = {"ada", "a \"reason\"\nof two lines \xff", "[::1]:9"},
          .migration = MigrationName::of("move"),
          .at = WallTime{std::chrono::milliseconds{1234567890123}}};
}

Migration migration() {
  MigrationSpec spec{.name = MigrationName::of("move"),
                     .service = ServiceName::of("playlist"),
                     .targets = {{kNew, 3}},
                     .ramp = Ramp::exponential(Share::from_ppm(1234), 17min, 90s)};
  spec.gate.alpha = 0.1 / 3;
  Migration value =
      begin(spec, {{kOld, Share::whole()}, {kNew, Share{}}}, {}, {"ada", "why"}, WallTime{})
          .migration;
  value.healthy_time = 123456789ns;
  value.paused = true;
  value.verdict.statistic = -1.0 / 3;
  value.verdict.because = "because";
  value.gate.baseline = {1e9 / 7, 1, 2, 3, 4, 5.5, 6};
  value.gate.harmed = 12.25;
  value.gate.judged_time = 5h;
  return value;
}

std::string error_of(const std::string& text) {
  const auto parsed = parse_record(text);
  return parsed ? "none" : parsed.error().message;
}

// The text of `body` under a checksum that fits: what a program with other rules might have
// written.
std::string replaced(const JournalRecord& record, const std::string& from, const std::string& to) {
  const std::string whole = to_text(record);
  std::string body = whole.substr(whole.find('{'));
  const std::size_t at = body.find(from);
  REQUIRE(at != std::string::npos);
  body.replace(at, from.size(), to);
  std::uint32_t crc = ~0u;
  for (const char c : body) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
  }
  char head[32];
  std::snprintf(head, sizeof head, "crossfade1 %08x ", ~crc);
  return head + body;
}

}  // namespace

TEST_CASE("a split survives the journal as it was") {
  const auto read = parse_record(to_text(split()));
  REQUIRE(read.has_value());
  CHECK(std::get<SplitRecord>(*read) == split());
}

TEST_CASE("a deletion survives the journal as it was") {
  const MigrationDeleted deleted{MigrationName::of("move"), {"ada", "done", ""}, WallTime{}};
  const auto read = parse_record(to_text(deleted));
  REQUIRE(read.has_value());
  CHECK(std::get<MigrationDeleted>(*read) == deleted);
}

TEST_CASE("a migration survives the journal but for what a restart begins anew") {
  const Migration written = migration();
  const auto parsed = parse_record(to_text(MigrationRecord{written}));
  REQUIRE(parsed.has_value());
  const Migration& read = std::get<MigrationRecord>(*parsed).migration;
  CHECK(read.spec == written.spec);
  CHECK(read.sources == written.sources);
  CHECK(read.stage == written.stage);
  CHECK(read.paused);
  CHECK(read.because == written.because);
  CHECK(read.share == written.share);
  CHECK(read.healthy_time == written.healthy_time);
  CHECK(read.conditions == written.conditions);
  CHECK(read.verdict == written.verdict);
  CHECK(read.revision == written.revision);
  CHECK(read.gate.baseline == written.gate.baseline);
  CHECK(read.gate.harmed == written.gate.harmed);
  CHECK(read.gate.judged_time == written.gate.judged_time);
}

TEST_CASE("a record is one line") {
  CHECK(to_text(split()).find('\n') == std::string::npos);
}

TEST_CASE("the checksum is CRC-32C") {
  // The check value of the algorithm, over "123456789", is e3069283.
  CHECK(error_of("crossfade1 e3069283 123456789") == "journal record: expected a JSON object");
}

TEST_CASE("any changed byte and any truncation is found") {
  const std::string text = to_text(split());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x04);
    REQUIRE_FALSE(parse_record(changed).has_value());
    REQUIRE_FALSE(parse_record(text.substr(0, i)).has_value());
  }
}

TEST_CASE("a record of a newer version is refused with what to do") {
  std::string text = to_text(split());
  text.replace(0, 10, "crossfade2");
  const auto read = parse_record(text);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == ErrorCode::kUnsupported);
  CHECK(read.error().message.find("newer version") != std::string::npos);
}

TEST_CASE("a record that breaks a rule is refused by its place") {
  CHECK(error_of(replaced(split(), "\"begin\":0", "\"begin\":1")) ==
        "journal record: /intervals: expected to begin at 0");
  CHECK(error_of(replaced(split(), "999999", "250000")).find("/intervals: expected to grow") !=
        std::string::npos);
  CHECK(error_of(replaced(split(), "\"owner\":\"new\"", "\"owner\":\"NEW\""))
            .find("/intervals/1/owner") != std::string::npos);
  const MigrationRecord record{migration()};
  CHECK(error_of(replaced(record, "\"ppm\":0", "\"ppm\":1000001")).find("ppm: expected at most") !=
        std::string::npos);
  CHECK(error_of(replaced(record, "\"stage\":0", "\"stage\":9")).find("/stage: expected a known") !=
        std::string::npos);
  CHECK(error_of(replaced(record, "\"stage\":0,", "")) == "journal record: /stage: missing");
  CHECK(error_of(replaced(record, "\"proportion\":3", "\"proportion\":0")).find("/spec/targets") !=
        std::string::npos);
  CHECK(error_of(replaced(record, "\"judged_time_ns\":", "\"judged_time_ns\":-"))
            .find("no negative time") != std::string::npos);
  CHECK(error_of(replaced(record, "\"harmed\":1", "\"harmed\":-1")).find("/gate/harmed") !=
        std::string::npos);
}

TEST_CASE("random bytes are refused, never worse") {
  const std::uint64_t seed = 20261122;
  INFO("seed " << seed);
  Random random{seed};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "crossfade1 " : "";
    for (std::uint32_t n = random.below(64); n > 0; --n)
      text += static_cast<char>(random.below(256));
    REQUIRE_FALSE(parse_record(text).has_value());
  }
}

}  // namespace crossfade
