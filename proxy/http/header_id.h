#pragma once

#include <cstdint>
#include <string_view>

namespace crossfade::http {

// A field name that the proxy acts upon, so that nobody compares names twice. All names of the
// table are protected: a peer cannot have them removed by naming them in Connection.
enum class HeaderId : std::uint8_t {
  kOther,
  kHopByHop,    // named by Connection, or Proxy-*: never forwarded
  kXForwarded,  // X-Forwarded-* without an id of its own
  kLookalike,  // "content_length": some origins read it as the name with a hyphen. Never forwarded.
  kHost,
  kConnection,
  kContentLength,
  kTransferEncoding,
  kTe,
  kTrailer,
  kUpgrade,
  kExpect,
  kKeepAlive,
  kProxy,
  kProxyConnection,
  kHttp2Settings,
  kXForwardedFor,
  kXForwardedProto,
  kXForwardedHost,
  kXForwardedPort,
  kXRealIp,
  kForwarded,
  kVia,
  kXRequestId,
  kTraceparent,
  kTracestate,
  kCookie,
  kAuthorization,
  kDate,
  kCount,
};
static_assert(static_cast<int>(HeaderId::kCount) <= 64);

// Requires: no byte of the name is a control character, a blank or above 0x7e.
HeaderId header_id(std::string_view name);

// A set of names; the writers drop by it.
class HeaderIds {
 public:
  constexpr HeaderIds() = default;
  template <class... Ids>
  constexpr explicit HeaderIds(Ids... ids) : bits_{(bit(ids) | ...)} {}
  constexpr bool has(HeaderId id) const { return (bits_ & bit(id)) != 0; }
  constexpr void add(HeaderId id) { bits_ |= bit(id); }
  constexpr void clear() { bits_ = 0; }
  friend constexpr HeaderIds operator|(HeaderIds a, HeaderIds b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  static constexpr std::uint64_t bit(HeaderId id) { return 1ULL << static_cast<unsigned>(id); }
  std::uint64_t bits_ = 0;
};

// Meant for this connection alone (RFC 9110 section 7.6.1), or a disguise: never forwarded. What of
// it the next hop needs, the writers write anew.
inline constexpr HeaderIds kHopByHopIds{
    HeaderId::kHopByHop,         HeaderId::kLookalike,    HeaderId::kConnection,
    HeaderId::kTransferEncoding, HeaderId::kTe,           HeaderId::kTrailer,
    HeaderId::kUpgrade,          HeaderId::kKeepAlive,    HeaderId::kProxy,
    HeaderId::kProxyConnection,  HeaderId::kHttp2Settings};

// Two names in any case. ASCII only.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace crossfade::http
