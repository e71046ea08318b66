#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "config/config.h"
#include "proxy/http/head.h"
#include "proxy/http/request_id.h"

namespace crossfade::http {

// What the writer must know beside the head itself.
struct ForwardingContext {
  const ForwardingConfig& config;
  std::string_view client_address;  // without port: "192.0.2.1", "2001:db8::1"
  bool is_secure = false;           // the client came by TLS
  bool expect_continue = false;     // pass Expect: 100-continue on
  ExchangeId id;                    // for x-request-id and traceparent when the client brought none
};

// Writes `head` as it goes to the upstream: always HTTP/1.1, one canonical Host, hop-by-hop fields
// removed, X-Forwarded-*, Forwarded, Via, x-request-id and traceparent settled, the framing of
// head.framing, and Upgrade when head.upgrade is set. Returns the number of bytes, 0 when they do
// not fit.
std::size_t write_request_head(std::span<char> out, const RequestHead& head,
                               const ForwardingContext& context);

// How a response reaches the client: decided once, for the writer of its head and for the relay of
// its body.
struct Delivery {
  Framing framing = Framing::kNone;  // kChunked never to HTTP/1.0
  bool keep_alive = true;            // the client connection may be used again
};

// A body without a known length is chunked for HTTP/1.1 and ends with the connection for HTTP/1.0.
// `is_closing`: we want this connection to end (drain, fault, request body not read to its end).
Delivery plan_delivery(const RequestHead& request, const ResponseHead& response, bool is_closing);

struct ResponseContext {
  const ForwardingConfig& config;
  const RequestHead& request;
  Delivery delivery;
  std::string_view date;  // IMF-fixdate (RFC 9110 section 5.6.7), used when the upstream sent none
};

// Writes `head` as it goes to the client, always as HTTP/1.1. Informational ones carry neither
// framing nor Connection. Returns the number of bytes, 0 when they do not fit. Requires: not
// informational for an HTTP/1.0 client.
std::size_t write_response_head(std::span<char> out, const ResponseHead& head,
                                const ResponseContext& context);

}  // namespace crossfade::http
