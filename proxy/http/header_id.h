#pragma once

#include <cstdint>
#include <string_view>

namespace crossfade::http {

// A field name that the proxy acts upon, so that nobody compares names twice. All names of the table are
// protected: a peer cannot have them removed by naming them in Connection.
enum class HeaderId : std::uint8_t {
  kOther,
  kHopByHop,   // named by Connection, or Proxy-*: never forwarded
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
  kMaxForwards,
  kContentType,
  kDate,
  kCount,
};
static_assert(static_cast<int>(HeaderId::kCount) <= 64);

// Requires: name is a token.
HeaderId header_id(std::string_view name);

// Meant for this connection alone (RFC 9110 section 7.6.1), or a disguise: never forwarded.
bool is_hop_by_hop(HeaderId id);

// Two names in any case. ASCII only.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace crossfade::http
