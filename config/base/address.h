#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>

#include "config/base/result.h"

namespace crossfade {

// An IPv4 or IPv6 address with a port: what a socket connects to or listens on. A value of 28
// bytes.
class Address {
 public:
  Address() = default;

  // "10.0.0.1:80", "[::1]:80". Errors: kInvalid with what was expected. Names are not resolved
  // here.
  static Result<Address> parse(std::string_view text);
  static Address from_v4(std::uint32_t host_order, std::uint16_t port);
  static Address from_v6(const in6_addr& address, std::uint16_t port);
  static Address from_sockaddr(const sockaddr* raw);  // Requires: family AF_INET or AF_INET6.

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t raw_size() const;
  bool is_v6() const;
  bool is_loopback() const;
  std::uint16_t port() const;
  Address with_port(std::uint16_t port) const;
  std::string host() const;  // without brackets, without port
  std::string str() const;   // as parse() takes it

  friend bool operator==(const Address& a, const Address& b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Address& a, const Address& b);

 private:
  sockaddr_in6 storage_ = {};  // holds a sockaddr_in when the family says so
};

}  // namespace crossfade

template <>
struct std::hash<crossfade::Address> {
  std::size_t operator()(const crossfade::Address& address) const;
};
