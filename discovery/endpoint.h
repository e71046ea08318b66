#pragma once

// Who is out there, as values. An endpoint is identified by (service, cluster, address).

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/base/address.h"

namespace crossfade {

struct Endpoint {
  Address address;
  bool ready = true;           // the source says it may be sent requests
  std::uint32_t weight = 100;  // relative within its set, 1..1000
  // Zone, version and the like; shown, not interpreted.
  std::map<std::string, std::string> labels = {};
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The complete set of one (service, cluster): sorted by address, no address twice.
using EndpointSet = std::vector<Endpoint>;

// What a source says about its set. Four different facts are never folded together:
// a set (possibly empty, said with authority), gone (the name does not exist), or an Error (could
// not ask).
struct SourceReport {
  enum class Kind : std::uint8_t { kSet, kGone, kUnreachable };
  Kind kind = Kind::kSet;
  EndpointSet endpoints = {};  // kSet only
  std::string reason = {};     // kGone, kUnreachable: for people
};

}  // namespace crossfade
