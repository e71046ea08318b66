#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "proxy/http/head.h"

namespace crossfade::http {

// Reads "host[:port]" in place and makes it lower case; an empty port goes. Only a registered name
// of unreserved characters, an IPv4 address or a bracketed IPv6 address is a host: no user, no
// percent-encoding. nullopt: it is none of these, or the host is empty.
std::optional<Authority> read_authority(std::span<char> text);

// Whether both name the same place when `default_port` is meant where none is given.
bool is_same_authority(const Authority& a, const Authority& b, std::uint16_t default_port);

}  // namespace crossfade::http
