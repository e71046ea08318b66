#pragma once

// What a DNS server answered, read from the packet itself, because only the packet has every TTL.
// Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/base/address.h"
#include "config/base/instant.h"
#include "config/base/result.h"

namespace crossfade {

enum class DnsType : std::uint8_t { kA, kAaaa, kSrv };

struct DnsService {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  // without the final dot; empty: the service is not offered (RFC 2782)
};

struct DnsAnswer {
  enum class Kind : std::uint8_t {
    kRecords,  // at least one of the type asked for
    kNoData,   // the name exists, without such records
    kNoName,   // NXDOMAIN
  };
  Kind kind = Kind::kRecords;
  std::vector<Address> addresses = {};    // kA, kAaaa; port 0
  std::vector<DnsService> services = {};  // kSrv
  // How long the answer may be kept: the least TTL of the records and of the aliases that led to
  // them; of a negative answer the SOA's (RFC 2308). nullopt: a negative answer without SOA, not to
  // be kept.
  std::optional<Duration> ttl = {};
};

// Reads a response packet. Errors, all of them saying nothing about the name: kInvalid (not a sound
// response to a question of this type), kUnavailable (the server failed, refused, or refers to
// others).
Result<DnsAnswer> read_dns_answer(std::span<const unsigned char> packet, DnsType type);

}  // namespace crossfade
