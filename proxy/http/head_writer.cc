#include "proxy/http/head_writer.h"

#include "config/base/verify.h"
#include "proxy/http/text_writer.h"

namespace crossfade::http {
namespace {

// Copies the fields that are not dropped, in as few runs as possible: what stands side by side is
// copied at once.
void put_fields(TextWriter& out, const Headers& headers, std::string_view bytes,
                HeaderIds dropped) {
  const char* run = nullptr;
  for (const Header& header : headers) {
    if (!dropped.has(header.id)) {
      if (run == nullptr) run = header.name.data();
    } else if (run != nullptr) {
      out.put({run, static_cast<std::size_t>(header.name.data() - run)});
      run = nullptr;
    }
  }
  const char* const end = bytes.data() + bytes.size() - 2;  // before the empty line
  if (run != nullptr) out.put({run, static_cast<std::size_t>(end - run)});
}

void put_content_length(TextWriter& out, std::uint64_t length) {
  out.put("Content-Length: ");
  out.number(length);
  out.put("\r\n");
}

void put_via(TextWriter& out, std::uint8_t version_minor, const ForwardingConfig& config) {
  out.line(version_minor == 0 ? "Via: 1.0 " : "Via: 1.1 ", config.via);
}

// One line with all that came before, for there are origins that read only one.
void put_forwarded_for(TextWriter& out, const RequestHead& head, const ForwardingContext& context) {
  out.put("X-Forwarded-For: ");
  if (context.config.trust_incoming && head.headers.has(HeaderId::kXForwardedFor)) {
    for (const Header& header : head.headers) {
      if (header.id != HeaderId::kXForwardedFor || header.value.empty()) continue;
      out.put(header.value);
      out.put(", ");
    }
  }
  out.line(context.client_address);
}

// RFC 7239 section 4. A second line continues the list of the first.
void put_forwarded(TextWriter& out, const RequestHead& head, const ForwardingContext& context) {
  const bool is_ipv6 = context.client_address.find(':') != std::string_view::npos;
  out.put(is_ipv6 ? "Forwarded: for=\"[" : "Forwarded: for=");
  out.put(context.client_address);
  if (is_ipv6) out.put("]\"");
  if (!head.authority.text.empty()) {
    out.put(";host=\"");
    out.put(head.authority.text);
    out.put("\"");
  }
  out.line(context.is_secure ? ";proto=https" : ";proto=http");
}

// A trace of our own is marked as sampled: most tracing libraries follow their parent, so that any
// other mark would silently end the traces that origins start today when the proxy is not there.
void put_trace(TextWriter& out, ExchangeId id) {
  constexpr std::uint64_t kParentSalt =
      0x9e3779b97f4a7c15;  // a parent id unlike the halves of the trace id
  char text[] = "00-................................-................-01";
  write_hex(id.high, text + 3);
  write_hex(id.low, text + 19);
  const std::uint64_t parent = id.high ^ (id.low * kParentSalt);
  write_hex(parent != 0 ? parent : kParentSalt, text + 36);
  out.line("traceparent: ", std::string_view(text, sizeof text - 1));
}

// Which fields of this request must not be copied as they are.
HeaderIds dropped_fields(const RequestHead& head, const ForwardingContext& context,
                         bool has_trace) {
  HeaderIds dropped = kHopByHopIds | HeaderIds{HeaderId::kHost, HeaderId::kContentLength,
                                               HeaderId::kExpect, HeaderId::kXForwardedFor};
  if (!context.config.trust_incoming) {
    dropped = dropped | HeaderIds{HeaderId::kXForwarded,     HeaderId::kXForwardedProto,
                                  HeaderId::kXForwardedHost, HeaderId::kXForwardedPort,
                                  HeaderId::kXRealIp,        HeaderId::kForwarded};
  }
  if (head.headers.has(HeaderId::kXRequestId) && sane_request_id(head).empty())
    dropped.add(HeaderId::kXRequestId);
  // A tracestate belongs to its traceparent and means nothing without.
  if (!has_trace) dropped = dropped | HeaderIds{HeaderId::kTraceparent, HeaderId::kTracestate};
  return dropped;
}

// What the proxy says about itself, the client and this exchange.
void put_forwarding(TextWriter& out, const RequestHead& head, const ForwardingContext& context,
                    HeaderIds dropped) {
  const auto is_kept = [&](HeaderId id) { return head.headers.has(id) && !dropped.has(id); };
  put_forwarded_for(out, head, context);
  if (!is_kept(HeaderId::kXForwardedProto))
    out.line("X-Forwarded-Proto: ", context.is_secure ? "https" : "http");
  if (!is_kept(HeaderId::kXForwardedHost)) out.line("X-Forwarded-Host: ", head.authority.text);
  if (context.config.forwarded) put_forwarded(out, head, context);
  put_via(out, head.version_minor, context.config);
  if (!is_kept(HeaderId::kXRequestId)) {
    char room[kRequestIdBytes];
    write_hex(context.id.high, room);
    write_hex(context.id.low, room + 16);
    out.line("x-request-id: ", std::string_view(room, sizeof room));
  }
  if (dropped.has(HeaderId::kTraceparent)) put_trace(out, context.id);
}

// What this one connection must know.
void put_request_connection(TextWriter& out, const RequestHead& head,
                            const ForwardingContext& context) {
  const bool is_upgrade = !head.upgrade.empty();
  if (head.te_trailers) out.put("TE: trailers\r\n");
  if (is_upgrade) out.line("Upgrade: ", head.upgrade);
  if (head.te_trailers && is_upgrade) {
    out.put("Connection: TE, Upgrade\r\n");
  } else if (head.te_trailers) {
    out.put("Connection: TE\r\n");
  } else if (is_upgrade) {
    out.put("Connection: Upgrade\r\n");
  }
  if (head.framing == Framing::kLength) put_content_length(out, head.content_length);
  if (head.framing == Framing::kChunked) out.put("Transfer-Encoding: chunked\r\n");
  if (head.expect_continue && context.expect_continue) out.put("Expect: 100-continue\r\n");
}

void put_response_framing(TextWriter& out, const ResponseHead& head, Framing framing) {
  switch (framing) {
    case Framing::kLength: return put_content_length(out, head.content_length);
    case Framing::kChunked: return out.put("Transfer-Encoding: chunked\r\n");
    case Framing::kUntilClose: return;
    case Framing::kNone:
      // What GET would have answered (RFC 9110 section 8.6); a 204 must not say.
      if (head.has_content_length && head.status != 204)
        put_content_length(out, head.content_length);
  }
}

void put_response_connection(TextWriter& out, const ResponseHead& head,
                             const ResponseContext& context) {
  if (head.status == 101) {
    out.line("Connection: Upgrade\r\nUpgrade: ", head.upgrade);
    return;
  }
  put_response_framing(out, head, context.delivery.framing);
  if (!context.delivery.keep_alive) {
    out.put("Connection: close\r\n");
  } else if (context.request.version_minor == 0) {
    out.put("Connection: keep-alive\r\n");
  }
}

void put_status_line(TextWriter& out, const ResponseHead& head) {
  out.put("HTTP/1.1 ");
  out.number(head.status);
  out.line(" ", head.reason);
}

}  // namespace

std::size_t write_request_head(std::span<char> room, const RequestHead& head,
                               const ForwardingContext& context) {
  const Header* const traceparent = find_single(head.headers, HeaderId::kTraceparent);
  const bool has_trace = traceparent != nullptr && is_traceparent(traceparent->value);
  const HeaderIds dropped = dropped_fields(head, context, has_trace);

  TextWriter out{room};
  out.line(head.method_text, " ", head.target, " HTTP/1.1\r\nHost: ", head.authority.text);
  put_fields(out, head.headers, head.bytes, dropped);
  put_forwarding(out, head, context, dropped);
  put_request_connection(out, head, context);
  out.put("\r\n");
  return out.size();
}

Delivery plan_delivery(const RequestHead& request, const ResponseHead& response, bool is_closing) {
  Delivery delivery{response.framing, request.keep_alive && !is_closing};
  const bool has_unknown_length =
      response.framing == Framing::kChunked || response.framing == Framing::kUntilClose;
  if (has_unknown_length && request.version_minor == 0) {
    delivery = {Framing::kUntilClose, false};
  } else if (has_unknown_length) {
    delivery.framing = Framing::kChunked;
  }
  return delivery;
}

std::size_t write_response_head(std::span<char> room, const ResponseHead& head,
                                const ResponseContext& context) {
  constexpr HeaderIds kDropped = kHopByHopIds | HeaderIds{HeaderId::kContentLength};
  VERIFY(!head.is_informational() || context.request.version_minor == 1);

  TextWriter out{room};
  put_status_line(out, head);
  put_fields(out, head.headers, head.bytes, kDropped);
  put_via(out, head.version_minor, context.config);
  if (!head.is_informational()) {
    if (!head.headers.has(HeaderId::kDate) && !context.date.empty())
      out.line("Date: ", context.date);
    put_response_connection(out, head, context);
  }
  out.put("\r\n");
  return out.size();
}

}  // namespace crossfade::http
