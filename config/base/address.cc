#include "config/base/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <functional>

#include "config/base/verify.h"

namespace crossfade {
namespace {

std::string_view bytes_of(const sockaddr_in6& storage) {
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
  if (storage.sin6_family == AF_INET) {
    return {reinterpret_cast<const char*>(&v4->sin_addr), sizeof v4->sin_addr};
  }
  return {reinterpret_cast<const char*>(&storage.sin6_addr), sizeof storage.sin6_addr};
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  const Error wrong = invalid("expected an IP address with a port, like 10.0.0.1:80 or [::1]:80");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string host(text.substr(0, colon));
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (failed != std::errc{} || end != port_text.data() + port_text.size()) return wrong;

  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr v6;
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &v6) != 1) return wrong;
    return from_v6(v6, port);
  }
  in_addr v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4) != 1) return wrong;
  return from_v4(ntohl(v4.s_addr), port);
}

Address Address::from_v4(std::uint32_t host_order, std::uint16_t port) {
  Address address;
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(host_order);
  std::memcpy(&address.storage_, &v4, sizeof v4);
  return address;
}

Address Address::from_v6(const in6_addr& v6, std::uint16_t port) {
  Address address;
  address.storage_.sin6_family = AF_INET6;
  address.storage_.sin6_port = htons(port);
  address.storage_.sin6_addr = v6;
  return address;
}

Address Address::from_sockaddr(const sockaddr* raw) {
  VERIFY(raw->sa_family == AF_INET || raw->sa_family == AF_INET6);
  Address address;
  std::memcpy(&address.storage_, raw,
              raw->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return address;
}

socklen_t Address::raw_size() const {
  return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

bool Address::is_v6() const {
  return storage_.sin6_family == AF_INET6;
}

bool Address::is_loopback() const {
  if (is_v6()) return IN6_IS_ADDR_LOOPBACK(&storage_.sin6_addr);
  return !bytes_of(storage_).empty() && bytes_of(storage_).front() == 127;
}

std::uint16_t Address::port() const {
  return ntohs(storage_.sin6_port);
}  // same place in both families

Address Address::with_port(std::uint16_t port) const {
  Address address = *this;
  address.storage_.sin6_port = htons(port);
  return address;
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(storage_.sin6_family, bytes_of(storage_).data(), text, sizeof text);
  return text;
}

std::string Address::str() const {
  const std::string port_text = ":" + std::to_string(port());
  return is_v6() ? "[" + host() + "]" + port_text : host() + port_text;
}

std::strong_ordering operator<=>(const Address& a, const Address& b) {
  if (const auto order = a.storage_.sin6_family <=> b.storage_.sin6_family; order != 0)
    return order;
  if (const auto order = bytes_of(a.storage_) <=> bytes_of(b.storage_); order != 0) return order;
  return a.port() <=> b.port();
}

}  // namespace crossfade

std::size_t std::hash<crossfade::Address>::operator()(const crossfade::Address& address) const {
  const std::string_view bytes(reinterpret_cast<const char*>(address.raw()), address.raw_size());
  return std::hash<std::string_view>{}(bytes);
}
