#include <catch2/catch.hpp>

#include "messages.h"

namespace crossfade::http {
namespace {

const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kEmptyOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// The fields that both heads must have alike after forwarding: those that are nobody's but the
// ends'.
std::vector<std::string> end_to_end_fields(const Headers& headers) {
  std::vector<std::string> fields;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kOther && header.id != HeaderId::kCookie) continue;
    fields.push_back(std::string(header.name) + "=" + std::string(header.value));
  }
  return fields;
}

}  // namespace

TEST_CASE("a forwarded request is exactly this") {
  const std::string out =
      forwarded("POST /x?y HTTP/1.0\r\nHost: A\r\nX: 1\r\nContent-Length: 5\r\nY: 2 \r\n\r\n");

  CHECK(out ==
        "POST /x?y HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2 \r\nX-Forwarded-For: 192.0.2.7\r\n"
        "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nVia: 1.0 crossfade\r\n"
        "x-request-id: 0123456789abcdeffedcba9876543210\r\n"
        "traceparent: 00-0123456789abcdeffedcba9876543210-" +
            out.substr(out.find("-01\r\n") - 16, 16) + "-01\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("what is forwarded reads back as the same request") {
  for (const std::string& text :
       {get_with(""), get_with("X: 1\r\nCookie: a=b\r\nY:\r\nX: 2\r\n"),
        post_with("Content-Length: 12345678901\r\nX: y\r\n"),
        post_with("Transfer-Encoding: chunked\r\nTE: trailers\r\nConnection: close\r\n"),
        get_with("Connection: Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("PURGE http://A/%7e/../x%2a?b HTTP/1.1\r\nHost: a:80\r\nX_Y: z\r\n\r\n")}) {
    INFO(text);
    const ReadRequest first{text};
    REQUIRE(first.fault == Fault::kNone);
    const ReadRequest second{forwarded(first.head)};

    REQUIRE(second.fault == Fault::kNone);
    CHECK(second.head.method_text == first.head.method_text);
    CHECK(second.head.target == first.head.target);
    CHECK(second.head.path == first.head.path);
    CHECK(second.head.authority.text == first.head.authority.text);
    CHECK(second.head.framing == first.head.framing);
    CHECK(second.head.content_length == first.head.content_length);
    CHECK(second.head.upgrade == first.head.upgrade);
    CHECK(second.head.te_trailers == first.head.te_trailers);
    CHECK(end_to_end_fields(second.head.headers) == end_to_end_fields(first.head.headers));
    // Forwarding what was forwarded changes nothing but the lists that grow with each hop.
    CHECK(ReadRequest{forwarded(second.head)}.head.target == first.head.target);
  }
}

TEST_CASE("a head that does not fit is not written") {
  const ReadRequest request{get_with("X: 1\r\n")};
  const std::string whole = forwarded(request.head);
  const ForwardingConfig config;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string out(size, '\0');
    CHECK(write_request_head(out, request.head, context_with(config)) == 0);
  }
  std::string out(whole.size(), '\0');
  CHECK(write_request_head(out, request.head, context_with(config)) == whole.size());
}

TEST_CASE("forwarding fields of a trusted peer are kept, those of others replaced") {
  const std::string request = get_with(
      "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: public.example\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n");
  const std::string trusted = forwarded(request);
  CHECK(has_line(trusted, "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7"));
  CHECK(has_line(trusted, "X-Forwarded-Proto: https"));
  CHECK(has_line(trusted, "X-Forwarded-Host: public.example"));
  CHECK(has_line(trusted, "Forwarded: for=1.1.1.1"));

  ForwardingConfig config;
  config.trust_incoming = false;
  const std::string untrusted = forwarded(request, config);
  CHECK(has_line(untrusted, "X-Forwarded-For: 192.0.2.7"));
  CHECK(has_line(untrusted, "X-Forwarded-Proto: http"));
  CHECK(has_line(untrusted, "X-Forwarded-Host: a.example"));
  CHECK(count(untrusted, "1.1.1.1") == 0);
}

TEST_CASE("no X-Forwarded field of a stranger is passed on, however it ends") {
  const std::string request = get_with(
      "X-Forwarded-Prefix: /evil\r\nx-forwarded-ssl: on\r\nX-FORWARDED-Client-Cert: x\r\n"
      "X-Forward: 1\r\n");
  const std::string trusted = forwarded(request);
  CHECK(has_line(trusted, "X-Forwarded-Prefix: /evil"));
  CHECK(has_line(trusted, "x-forwarded-ssl: on"));

  ForwardingConfig config;
  config.trust_incoming = false;
  const std::string untrusted = forwarded(request, config);
  CHECK(has_line(untrusted, "X-Forward: 1"));
  for (const std::string gone : {"Prefix", "ssl", "Client-Cert"}) {
    INFO(gone);
    CHECK(count(untrusted, gone) == 0);
  }
}

TEST_CASE("Forwarded is written on demand and quotes what RFC 7239 wants quoted") {
  ForwardingConfig config;
  config.forwarded = true;
  const ReadRequest request{get_with("")};
  CHECK(has_line(forwarded(request.head, config),
                 "Forwarded: for=192.0.2.7;host=\"a.example\";proto=http"));

  ForwardingContext context = context_with(config);
  context.client_address = "2001:db8::1";
  context.is_secure = true;
  std::string out(1024, '\0');
  out.resize(write_request_head(out, request.head, context));
  CHECK(has_line(out, "Forwarded: for=\"[2001:db8::1]\";host=\"a.example\";proto=https"));
  CHECK(has_line(out, "X-Forwarded-Proto: https"));
}

TEST_CASE("a sane request id is kept and any other is replaced") {
  CHECK(has_line(forwarded(get_with("X-Request-ID: a-B_1\r\n")), "X-Request-ID: a-B_1"));
  for (const std::string fields :
       {"X-Request-ID: a b\r\n", "X-Request-ID:\r\n", "X-Request-ID: \"a\"\r\n",
        "X-Request-ID: a\r\nX-Request-ID: b\r\n"}) {
    INFO(fields);
    const std::string out = forwarded(get_with(fields));
    CHECK(has_line(out, "x-request-id: 0123456789abcdeffedcba9876543210"));
    CHECK(count(out, "X-Request-ID") == 0);
  }
  char room[kRequestIdBytes];
  CHECK(request_id_of(ReadRequest{get_with("")}.head, {1, 0xf}, room) ==
        "0000000000000001000000000000000f");
}

TEST_CASE("a valid trace is passed on unchanged, a broken one starts anew without its state") {
  const std::string state = "tracestate: vendor=1\r\n";
  const std::string kept = forwarded(get_with("traceparent: " + kTrace + "\r\n" + state));
  CHECK(has_line(kept, "traceparent: " + kTrace));
  CHECK(has_line(kept, "tracestate: vendor=1"));

  for (const std::string& broken :
       {std::string("x"), "ff" + kTrace.substr(2), "00-" + std::string(32, '0') + kTrace.substr(35),
        kTrace + "-x", std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        kTrace.substr(0, 54)}) {
    INFO(broken);
    CHECK_FALSE(is_traceparent(broken));
    const std::string out = forwarded(get_with("traceparent: " + broken + "\r\n" + state));
    CHECK(count(out, "traceparent: 00-0123456789abcdeffedcba9876543210-") == 1);
    CHECK(count(out, "traceparent") == 1);
    CHECK(count(out, "tracestate") == 0);
  }
  CHECK(is_traceparent("01" + kTrace.substr(2) + "-future"));
}

TEST_CASE("an answered response is exactly this") {
  const std::string out = answered(
      get_with(""), "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\nETag: y\r\n\r\n");

  CHECK(out ==
        "HTTP/1.1 200 OK\r\nServer: x\r\nETag: y\r\nVia: 1.1 crossfade\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n\r\n");
  CHECK(count(answered(get_with(""), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n"),
              "Date:") == 1);
}

TEST_CASE("a body of unknown length is chunked for HTTP/1.1 and ends the connection of HTTP/1.0") {
  const std::string old_get = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  for (const std::string& response : {ok_with("Transfer-Encoding: chunked\r\n"), ok_with("")}) {
    const std::string modern = answered(get_with(""), response);
    CHECK(has_line(modern, "Transfer-Encoding: chunked"));
    CHECK(count(modern, "Connection") == 0);
    const std::string old = answered(old_get, response);
    CHECK(count(old, "Transfer-Encoding") == 0);
    CHECK(has_line(old, "Connection: close"));
  }
}

TEST_CASE("Connection says what we do with the client's connection") {
  const std::string old_get = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  CHECK(has_line(answered(old_get, kEmptyOk), "Connection: keep-alive"));
  CHECK(has_line(answered("GET / HTTP/1.0\r\n\r\n", kEmptyOk), "Connection: close"));
  CHECK(has_line(answered(get_with("Connection: close\r\n"), kEmptyOk), "Connection: close"));
  CHECK(has_line(answered(get_with(""), kEmptyOk, true), "Connection: close"));
  CHECK(count(answered(get_with(""), kEmptyOk), "Connection") == 0);
}

TEST_CASE("an answer without a body keeps its length where it has a meaning") {
  const std::string head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(has_line(answered(head, ok_with("Content-Length: 7\r\n")), "Content-Length: 7"));
  CHECK(has_line(answered(get_with(""), "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
                 "Content-Length: 7"));
  CHECK(count(answered(get_with(""), "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
              "Content-Length") == 0);
  CHECK(count(answered(head, ok_with("Transfer-Encoding: chunked\r\n")), "Transfer") == 0);
}

TEST_CASE("a 101 is passed on with its protocol") {
  const std::string out = answered(get_with("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
                                   "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                                   "Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n");
  CHECK(has_line(out, "Connection: Upgrade"));
  CHECK(has_line(out, "Upgrade: websocket"));
  CHECK(has_line(out, "Sec-WebSocket-Accept: x"));
  CHECK(count(out, "Content-Length") == 0);
}

}  // namespace crossfade::http
