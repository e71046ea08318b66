#include "discovery/client/dns_answer.h"

#include <catch2/catch.hpp>

#include "config/base/random.h"

using namespace crossfade;

namespace {

using Bytes = std::vector<unsigned char>;

void append_word(Bytes& bytes, unsigned value) {
  bytes.push_back(static_cast<unsigned char>(value >> 8));
  bytes.push_back(static_cast<unsigned char>(value));
}

Bytes name(const std::string& text) {
  Bytes bytes;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t dot = std::min(text.find('.', at), text.size());
    bytes.push_back(static_cast<unsigned char>(dot - at));
    for (; at < dot; ++at) bytes.push_back(static_cast<unsigned char>(text[at]));
    ++at;
  }
  bytes.push_back(0);
  return bytes;
}

Bytes record(const std::string& owner, unsigned type, unsigned ttl, const Bytes& content) {
  Bytes bytes = name(owner);
  append_word(bytes, type);
  append_word(bytes, 1);
  append_word(bytes, ttl >> 16);
  append_word(bytes, ttl & 0xffff);
  append_word(bytes, static_cast<unsigned>(content.size()));
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Bytes service(unsigned priority, unsigned weight, unsigned port, const std::string& target) {
  Bytes bytes;
  append_word(bytes, priority);
  append_word(bytes, weight);
  append_word(bytes, port);
  const Bytes host = name(target);
  bytes.insert(bytes.end(), host.begin(), host.end());
  return bytes;
}

Bytes soa(unsigned minimum) {
  Bytes bytes = name("ns.test");
  const Bytes mailbox = name("root.test");
  bytes.insert(bytes.end(), mailbox.begin(), mailbox.end());
  for (int i = 0; i < 4; ++i) append_word(bytes, 0), append_word(bytes, 1);
  append_word(bytes, minimum >> 16);
  append_word(bytes, minimum & 0xffff);
  return bytes;
}

// As a server would write it, without name compression.
Bytes response(unsigned code, const std::vector<Bytes>& answers,
               const std::vector<Bytes>& authorities = {}) {
  Bytes packet;
  for (const unsigned word : {0x1234U, 0x8180U | code, 1U, static_cast<unsigned>(answers.size()),
                              static_cast<unsigned>(authorities.size()), 0U}) {
    append_word(packet, word);
  }
  const Bytes question = name("a.test");
  packet.insert(packet.end(), question.begin(), question.end());
  append_word(packet, 1);
  append_word(packet, 1);
  for (const auto& section : {answers, authorities}) {
    for (const Bytes& each : section) packet.insert(packet.end(), each.begin(), each.end());
  }
  return packet;
}

constexpr unsigned kA = 1, kNs = 2, kCname = 5, kSoa = 6, kAaaa = 28, kSrv = 33;

}  // namespace

TEST_CASE("addresses are read with the least TTL of the records and of the alias before them") {
  const auto answer = read_dns_answer(response(0, {record("a.test", kCname, 10, name("b.test")),
                                                   record("b.test", kA, 86400, {10, 0, 0, 1}),
                                                   record("b.test", kA, 300, {10, 0, 0, 2})}),
                                      DnsType::kA);

  REQUIRE(answer.has_value());
  CHECK(answer->kind == DnsAnswer::Kind::kRecords);
  REQUIRE(answer->addresses.size() == 2);
  CHECK(answer->addresses[0].host() == "10.0.0.1");
  CHECK(answer->ttl == Duration(10s));
}

TEST_CASE("records of another type are not taken for the type asked for") {
  const auto answer =
      read_dns_answer(response(0, {record("a.test", kAaaa, 60, Bytes(16, 1))}), DnsType::kA);

  REQUIRE(answer.has_value());
  CHECK(answer->kind == DnsAnswer::Kind::kNoData);
}

TEST_CASE("SRV records carry priority, weight, port, target and TTL") {
  const auto answer =
      read_dns_answer(response(0, {record("a.test", kSrv, 30, service(1, 5, 8080, "x.test")),
                                   record("a.test", kSrv, 20, service(2, 0, 8081, ""))}),
                      DnsType::kSrv);

  REQUIRE(answer.has_value());
  REQUIRE(answer->services.size() == 2);
  CHECK(answer->services[0].target == "x.test");
  CHECK(answer->services[0].port == 8080);
  CHECK(answer->services[0].weight == 5);
  CHECK(answer->services[1].target.empty());
  CHECK(answer->ttl == Duration(20s));
}

TEST_CASE("no such name and no such records are told apart, and kept as long as the SOA says") {
  const std::vector<Bytes> authority = {record("test", kSoa, 900, soa(60))};
  const auto no_name = read_dns_answer(response(3, {}, authority), DnsType::kA);
  const auto no_records = read_dns_answer(response(0, {}, authority), DnsType::kA);

  REQUIRE(no_name.has_value());
  REQUIRE(no_records.has_value());
  CHECK(no_name->kind == DnsAnswer::Kind::kNoName);
  CHECK(no_records->kind == DnsAnswer::Kind::kNoData);
  CHECK(no_name->ttl == Duration(60s));
}

TEST_CASE("a negative answer without SOA is not to be kept") {
  const auto answer = read_dns_answer(response(3, {}), DnsType::kA);
  REQUIRE(answer.has_value());
  CHECK_FALSE(answer->ttl.has_value());
}

TEST_CASE("a server that fails or refuses says nothing about the name") {
  for (const unsigned code : {1U, 2U, 4U, 5U}) {
    const auto answer = read_dns_answer(response(code, {}), DnsType::kA);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kUnavailable);
  }
}

TEST_CASE("a referral to other servers does not say that there are no records") {
  const Bytes ns = record("test", kNs, 900, name("ns.test"));
  const auto referral = read_dns_answer(response(0, {}, {ns}), DnsType::kA);
  REQUIRE_FALSE(referral.has_value());
  CHECK(referral.error().code == ErrorCode::kUnavailable);

  const auto no_records =
      read_dns_answer(response(0, {}, {ns, record("test", kSoa, 900, soa(60))}), DnsType::kA);
  REQUIRE(no_records.has_value());
  CHECK(no_records->kind == DnsAnswer::Kind::kNoData);
}

TEST_CASE("an address that means this very host is not an endpoint's") {
  const auto v4 =
      read_dns_answer(response(0, {record("a.test", kA, 60, {0, 0, 0, 0})}), DnsType::kA);
  const auto v6 =
      read_dns_answer(response(0, {record("a.test", kAaaa, 60, Bytes(16, 0))}), DnsType::kAaaa);
  REQUIRE_FALSE(v4.has_value());
  REQUIRE_FALSE(v6.has_value());
  CHECK(v4.error().code == ErrorCode::kInvalid);
}

TEST_CASE("a record of a wrong length is an error") {
  const auto answer =
      read_dns_answer(response(0, {record("a.test", kA, 60, {10, 0, 0})}), DnsType::kA);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::kInvalid);
}

TEST_CASE("every prefix and every flipped byte of a packet is read without harm") {
  const Bytes whole = response(0, {record("a.test", kCname, 10, name("b.test")),
                                   record("b.test", kSrv, 30, service(1, 5, 8080, "x.test"))});
  const std::uint64_t seed = 20261122;
  INFO("seed " << seed);
  Random random(seed);

  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(read_dns_answer(std::span(whole).first(size), DnsType::kSrv).has_value());
  }
  for (int round = 0; round < 20'000; ++round) {
    Bytes hostile = whole;
    for (int flips = 0; flips < 3; ++flips) {
      hostile[random.below(static_cast<std::uint32_t>(hostile.size()))] =
          static_cast<unsigned char>(random.next());
    }
    const auto answer = read_dns_answer(hostile, DnsType::kSrv);
    if (answer) CHECK(answer->services.size() <= 2);
  }
}
