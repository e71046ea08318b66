// The rules that keep two hops from understanding one message differently: what reaches the next
// hop. One test or more for each, named after it.

#include <catch2/catch.hpp>

#include "messages.h"
#include "proxy/http/upgrade.h"

namespace crossfade::http {
namespace {

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

}  // namespace

TEST_CASE("rule 10: hop-by-hop fields and those that Connection names are not forwarded") {
  const std::string fields =
      "Connection: keep-alive, X-Private, close\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
      "Proxy-Authorization: x\r\nProxy-Foo: x\r\nProxy: x\r\nTE: gzip\r\nTrailer: X\r\n"
      "Upgrade: x\r\nHTTP2-Settings: x\r\nX-Private: 1\r\nX-Public: 2\r\n";
  for (const std::string& out :
       {forwarded(get_with(fields)), answered(get_with(""), ok_with(fields))}) {
    INFO(out);
    CHECK(has_line(out, "X-Public: 2"));
    for (const std::string gone : {"Keep-Alive:", "Proxy", "TE:", "Trailer:", "Upgrade:", "HTTP2",
                                   "X-Private", "Connection:"}) {
      CHECK(count(out, gone) == 0);
    }
  }
}

TEST_CASE("rule 10: Connection cannot remove what the next hop must see") {
  const std::string trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string out = forwarded(post_with(
      "Connection: host, content-length, x-forwarded-for, x-forwarded-proto, forwarded, cookie\r\n"
      "Connection: x-forwarded-client-cert, authorization, via, x-request-id, traceparent\r\n"
      "Connection: x-real-ip\r\nContent-Length: 5\r\nX-Forwarded-For: 1.2.3.4\r\n"
      "X-Forwarded-Proto: https\r\nX-Forwarded-Client-Cert: c\r\nForwarded: for=x\r\n"
      "Authorization: a\r\nCookie: b=c\r\nVia: 1.1 x\r\nx-request-id: id\r\n"
      "X-Real-IP: 1.2.3.4\r\n" +
      trace + "\r\n"));

  for (const std::string kept :
       {"Host: a.example", "Content-Length: 5", "X-Forwarded-For: 1.2.3.4, 192.0.2.7",
        "X-Forwarded-Proto: https", "X-Forwarded-Client-Cert: c", "Forwarded: for=x",
        "Authorization: a", "Cookie: b=c", "Via: 1.1 x", "x-request-id: id", "X-Real-IP: 1.2.3.4",
        trace.c_str()}) {
    INFO(kept);
    CHECK(has_line(out, kept));
  }
}

TEST_CASE("rule 10: TE keeps trailers, and an upgrade to h2c is not asked for") {
  const std::string out =
      forwarded(get_with("TE: trailers, deflate\r\nConnection: TE, Upgrade\r\nUpgrade: h2c\r\n"));

  CHECK(has_line(out, "TE: trailers"));
  CHECK(has_line(out, "Connection: TE"));
  CHECK(count(out, "h2c") == 0);
}

TEST_CASE("rule 10: a flood of Connection options is rejected") {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a,";
  CHECK(request_fault(get_with("Connection: " + many + "\r\n")) == Fault::kHeaderValue);
}

TEST_CASE("rule 11: names that some origins read as managed ones are not forwarded") {
  const std::string out = forwarded(
      get_with("X_Forwarded_For: 6.6.6.6\r\ncontent_length: 5\r\nTransfer_Encoding: chunked\r\n"
               "X-Request_Id: e\r\nmy_name: 1\r\n"));

  CHECK(has_line(out, "my_name: 1"));
  for (const std::string gone : {"6.6.6.6", "content_length", "Transfer_Encoding", "Request_Id"}) {
    CHECK(count(out, gone) == 0);
  }
}

TEST_CASE("rule 11: origins that read other signs as hyphens are not deceived either") {
  const std::string out =
      forwarded(get_with("X.Forwarded.For: 6.6.6.6\r\nContent~Length: 5\r\nX_Forwarded_Ssl: on\r\n"
                         "X_Forwarded_For_Somebody_Of_A_Very_Long_Name: x\r\nProxy_Any: x\r\n"
                         "my.name: 1\r\nmy~name: 2\r\n"));

  CHECK(has_line(out, "my.name: 1"));
  CHECK(has_line(out, "my~name: 2"));
  for (const std::string gone :
       {"6.6.6.6", "Content~Length", "X_Forwarded_Ssl", "Somebody", "Proxy_Any"}) {
    INFO(gone);
    CHECK(count(out, gone) == 0);
  }
}

TEST_CASE("rule 13: CONNECT with a body is rejected, TRACE is not allowed, GET may have a body") {
  const std::string connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n";
  CHECK(status_of(request_fault(connect + "Content-Length: 1\r\n\r\n")) == 400);
  CHECK(status_of(request_fault(connect + "\r\n")) == 405);
  CHECK(status_of(request_fault("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")) == 405);
  CHECK(has_line(forwarded(get_with("Content-Length: 3\r\n")), "Content-Length: 3"));
  CHECK(has_line(forwarded(get_with(kChunked)), "Transfer-Encoding: chunked"));
}

TEST_CASE("rule 13: an upgrade with a body is rejected, without it is forwarded") {
  const std::string upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
  CHECK(request_fault(post_with(upgrade + "Content-Length: 1\r\n")) == Fault::kUpgradeWithBody);
  CHECK(request_fault(post_with(upgrade + kChunked)) == Fault::kUpgradeWithBody);

  const ReadRequest read{get_with(upgrade)};
  CHECK(wants_upgrade(read.head));
  CHECK(has_line(forwarded(read.head), "Upgrade: websocket"));
  CHECK(has_line(forwarded(read.head), "Connection: Upgrade"));
  CHECK_FALSE(wants_upgrade(ReadRequest{get_with("Upgrade: websocket\r\n")}.head));
  CHECK_FALSE(wants_upgrade(ReadRequest{"GET / HTTP/1.0\r\n" + upgrade + "\r\n"}.head));
}

TEST_CASE("rule 13: a 101 that was not asked for is the upstream's fault") {
  const std::string line = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n";
  const ReadRequest asked{get_with("Connection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n")};
  const ReadRequest not_asked{get_with("")};
  const ReadResponse websocket{line + "Upgrade: websocket\r\n\r\n"};
  const ReadResponse other{line + "Upgrade: irc\r\n\r\n"};
  const ReadResponse none{line + "\r\n"};

  CHECK(check_upgrade(asked.head, websocket.head) == Fault::kNone);
  CHECK(check_upgrade(asked.head, other.head) == Fault::kUnaskedUpgrade);
  CHECK(check_upgrade(asked.head, none.head) == Fault::kUnaskedUpgrade);
  CHECK(check_upgrade(not_asked.head, websocket.head) == Fault::kUnaskedUpgrade);
  CHECK(check_upgrade(not_asked.head, none.head) == Fault::kUnaskedUpgrade);
}

TEST_CASE("rule 14: Expect is 100-continue or refused, and forwarded only on demand") {
  const std::string fields = "Expect: 100-Continue\r\nContent-Length: 5\r\n";
  const ReadRequest read{post_with(fields)};
  CHECK(read.head.expect_continue);
  CHECK(count(forwarded(read.head), "Expect") == 0);

  const ForwardingConfig config;
  ForwardingContext context = context_with(config);
  context.expect_continue = true;
  std::string out(1024, '\0');
  out.resize(write_request_head(out, read.head, context));
  CHECK(has_line(out, "Expect: 100-continue"));

  CHECK(status_of(request_fault(post_with("Expect: 200-ok\r\n"))) == 417);
  CHECK_FALSE(ReadRequest{"POST / HTTP/1.0\r\n" + fields + "\r\n"}.head.expect_continue);
  CHECK_FALSE(ReadRequest{get_with("Expect: 100-continue\r\n")}.head.expect_continue);
}

TEST_CASE("rule 14: an informational answer carries no framing and no Connection") {
  const std::string out =
      answered(get_with(""), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n");

  CHECK(out == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nVia: 1.1 crossfade\r\n\r\n");
}

}  // namespace crossfade::http
