#include "discovery/sources/dns_round.h"

#include <catch2/catch.hpp>

using namespace crossfade;

namespace {

DnsAnswer addresses(std::vector<std::string> hosts, Duration ttl = 60s) {
  DnsAnswer answer{.kind = DnsAnswer::Kind::kRecords, .ttl = ttl};
  for (const std::string& host : hosts)
    answer.addresses.push_back(Address::parse(host + ":0").value());
  return answer;
}

const DnsAnswer kNoData{.kind = DnsAnswer::Kind::kNoData};
const DnsAnswer kNoName{.kind = DnsAnswer::Kind::kNoName};
const Error kServerDead{ErrorCode::kTimeout, Side::kUpstream, Retry::kYes, "timed out"};

DnsRound::Outcome one_round(DnsRound& round, Result<DnsAnswer> v4, Result<DnsAnswer> v6) {
  round.begin({{"a.test", 80, 100}});
  round.answered({"a.test", DnsType::kA}, std::move(v4));
  round.answered({"a.test", DnsType::kAaaa}, std::move(v6));
  REQUIRE(round.is_complete());
  return round.finish();
}

}  // namespace

TEST_CASE("IPv4 and IPv6 addresses become one sorted set with the port of the source") {
  DnsRound round;
  const auto outcome =
      one_round(round, addresses({"10.0.0.2", "10.0.0.1"}), addresses({"[::1]"}, 30s));

  REQUIRE(outcome.report.kind == SourceReport::Kind::kSet);
  REQUIRE(outcome.report.endpoints.size() == 3);
  CHECK(outcome.report.endpoints[0].address.str() == "10.0.0.1:80");
  CHECK(outcome.report.endpoints[2].address.str() == "[::1]:80");
  CHECK(outcome.ttl == Duration(30s));
  CHECK_FALSE(outcome.failed);
}

TEST_CASE("one family that fails does not drop the other") {
  DnsRound round;
  const auto outcome = one_round(round, addresses({"10.0.0.1"}), kServerDead);

  REQUIRE(outcome.report.kind == SourceReport::Kind::kSet);
  CHECK(outcome.report.endpoints.size() == 1);
  CHECK(outcome.failed);
}

TEST_CASE("a family that fails keeps its last good answer") {
  DnsRound round;
  one_round(round, addresses({"10.0.0.1"}), addresses({"[::1]"}));
  const auto outcome = one_round(round, addresses({"10.0.0.2"}), kServerDead);

  REQUIRE(outcome.report.kind == SourceReport::Kind::kSet);
  REQUIRE(outcome.report.endpoints.size() == 2);
  CHECK(outcome.report.endpoints[0].address.str() == "10.0.0.2:80");
}

TEST_CASE("a dead server makes the source unreachable, not the set empty") {
  DnsRound round;
  one_round(round, addresses({"10.0.0.1"}), kNoData);
  const auto outcome = one_round(round, kServerDead, kServerDead);
  CHECK(outcome.report.kind == SourceReport::Kind::kUnreachable);
}

TEST_CASE("no such name is gone, no such records is an empty set") {
  DnsRound round;
  CHECK(one_round(round, kNoName, kNoName).report.kind == SourceReport::Kind::kGone);
  const auto empty = one_round(round, kNoData, kNoData);
  CHECK(empty.report.kind == SourceReport::Kind::kSet);
  CHECK(empty.report.endpoints.empty());
}

TEST_CASE("half an answer of nothing is not an empty set") {
  DnsRound round;
  CHECK(one_round(round, kNoData, kServerDead).report.kind == SourceReport::Kind::kUnreachable);
}

TEST_CASE("only the most preferred SRV targets are used, with weights in an endpoint's range") {
  DnsAnswer answer;
  answer.services = {{1, 60'000, 80, "heavy.test"},
                     {1, 0, 80, "light.test"},
                     {2, 5, 80, "spare.test"},
                     {1, 5, 80, ""}};

  const auto targets = targets_of(answer);

  REQUIRE(targets.size() == 2);
  CHECK(targets[0].weight == 1000);
  CHECK(targets[1].weight == 1);
}

TEST_CASE("an SRV target without a port cannot be connected to") {
  DnsAnswer answer;
  answer.services = {{0, 5, 0, "none.test"}, {0, 5, 80, ""}, {1, 5, 80, "a.test"}};

  const auto targets = targets_of(answer);

  REQUIRE(targets.size() == 1);
  CHECK(targets[0].host == "a.test");
}

TEST_CASE("the next round comes with the TTL, within its bounds and a tenth of jitter") {
  const DnsSource config{.refresh_min = 1s, .refresh_max = 60s};
  CHECK(next_round(config, 10s, 0, 0.5) == Duration(10s));
  CHECK(next_round(config, 0s, 0, 0.5) == Duration(1s));
  CHECK(next_round(config, 24h, 0, 0.5) == Duration(60s));
  CHECK(next_round(config, 10s, 0, 0.0) == Duration(9s));
  CHECK(next_round(config, std::nullopt, 0, 0.5) == Duration(1s));
}

TEST_CASE("failed rounds are repeated with growing, bounded pauses") {
  const DnsSource config{.refresh_min = 1s, .refresh_max = 300s};
  CHECK(next_round(config, 300s, 1, 0.5) == Duration(1s));
  CHECK(next_round(config, 300s, 3, 0.5) == Duration(4s));
  CHECK(next_round(config, 300s, 40, 0.5) == Duration(30s));
}
