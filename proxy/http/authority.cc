#include "proxy/http/authority.h"

#include <algorithm>

#include "proxy/http/scan.h"

namespace crossfade::http {
namespace {

constexpr std::size_t kHostBytesMax = 255;  // RFC 1035 section 2.3.4

bool is_host_byte(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_ipv6_byte(char c) {
  return hex_value(c) >= 0 || c == ':' || c == '.';
}

// The host at the front of lower-case text, brackets included; empty: there is none.
std::string_view take_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return {};
    const std::string_view inside = text.substr(1, close - 1);
    const bool is_address = std::all_of(inside.begin(), inside.end(), is_ipv6_byte);
    return is_address ? text.substr(0, close + 1) : std::string_view{};
  }
  const auto end = std::find_if_not(text.begin(), text.end(), is_host_byte);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// 1 to 65535 without leading zeros; nullopt otherwise.
std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

std::optional<Authority> read_authority(std::span<char> text) {
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  const std::string_view whole(text.data(), text.size());
  const std::string_view host = take_host(whole);
  if (host.empty() || host.size() > kHostBytesMax) return std::nullopt;
  const std::string_view rest = whole.substr(host.size());
  if (rest.empty() || rest == ":") return Authority{host, host, 0};
  if (rest.front() != ':') return std::nullopt;
  const auto port = read_port(rest.substr(1));
  if (!port) return std::nullopt;
  return Authority{whole, host, *port};
}

bool is_same_authority(const Authority& a, const Authority& b, std::uint16_t default_port) {
  const auto port_of = [default_port](const Authority& x) {
    return x.port == 0 ? default_port : x.port;
  };
  return a.host == b.host && port_of(a) == port_of(b);
}

}  // namespace crossfade::http
