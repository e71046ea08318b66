#include <catch2/catch.hpp>

#include "tests/unit/proxy/worker/proxy.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: web.example\r\n\r\n";

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: web.example\r\n\r\n";
}

std::string target_of(const Message& request) {
  const std::size_t begin = request.head.find(' ') + 1;
  return request.head.substr(begin, request.head.find(' ', begin) - begin);
}

}  // namespace

TEST_CASE("requests of one client connection share one upstream connection") {
  Origin origin{answering([](const Message& request) { return ok(target_of(request)); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (int i = 0; i < 50; ++i) {
    client.write(get("/" + std::to_string(i)));
    CHECK(client.read_response().body == "/" + std::to_string(i));
  }

  CHECK(origin.connections() == 1);
  CHECK(proxy.cell().pool_reuses.value() == 49);
  CHECK(proxy.cluster(0).attempts.value() == 50);
}

TEST_CASE("connections of other clients find the upstream connection idle") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin};

  for (int i = 0; i < 10; ++i) CHECK(proxy.get().status() == 200);

  CHECK(origin.connections() == 1);
}

TEST_CASE("pipelined requests are answered in order") {
  Origin origin{answering([](const Message& request) { return ok(target_of(request)); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));  // more than one buffer
  client.write(requests);

  for (int i = 0; i < 500; ++i) REQUIRE(client.read_response().body == "/" + std::to_string(i));
}

TEST_CASE("a request that arrives byte by byte is served") {
  Origin origin{answering([](const Message& request) { return ok(target_of(request)); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (const char c : get("/slow")) client.write({&c, 1});

  CHECK(client.read_response().body == "/slow");
}

TEST_CASE("Connection: close of the client ends its connection after the answer") {
  Origin origin{answering([](const Message&) { return ok("bye"); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.1\r\nHost: web.example\r\nConnection: close\r\n\r\n");

  const Message response = client.read_response();
  CHECK(response.body == "bye");
  CHECK(response.header("connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("an upstream connection that says close is not used again") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (int i = 0; i < 3; ++i) {
    client.write(kGet);
    CHECK(client.read_response().body == "x");
  }

  CHECK(origin.connections() == 3);
}

TEST_CASE("an upstream connection with bytes after its response is not used again") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write(ok("x") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (int i = 0; i < 3; ++i) {
    client.write(kGet);
    CHECK(client.read_response().body == "x");
  }

  CHECK(origin.connections() == 3);
}

TEST_CASE("an HTTP/1.0 client gets a body without chunks that ends with the connection") {
  Origin origin{answering([](const Message&) {
    return std::string{
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.0\r\n\r\n");

  const Message response = client.read_response();
  CHECK(response.header("transfer-encoding").empty());
  CHECK(response.body == "abcde");
}

TEST_CASE("an HTTP/1.0 client that asks for keep-alive keeps its connection") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (int i = 0; i < 3; ++i) {
    client.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(client.read_response().header("connection") == "keep-alive");
  }
}

TEST_CASE("an idle client connection is closed after its timeout") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin,
              [](ServiceConfig&, Config& config) { config.listeners[0].idle_timeout = 50ms; }};
  Peer client = proxy.connect();

  client.write(kGet);
  client.read_response();

  CHECK(client.at_end());
  CHECK(eventually([&] { return proxy.cell().connections_open.value() == 0; }));
}

TEST_CASE("a head that does not end in time is answered with 408") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin,
              [](ServiceConfig&, Config& config) { config.listeners[0].head_timeout = 50ms; }};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.1\r\n");

  CHECK(client.read_response().status() == 408);
  CHECK(client.at_end());
  CHECK(proxy.cell().client_timeouts.value() == 1);
}

TEST_CASE("connections over the limit are closed at once and counted") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin,
              [](ServiceConfig&, Config& config) { config.listeners[0].connections_max = 1; }};
  Peer first = proxy.connect();
  first.write(kGet);
  first.read_response();

  Peer second = proxy.connect();

  CHECK(second.at_end());
  CHECK(proxy.cell().connections_refused.value() == 1);
  first.write(kGet);
  CHECK(first.read_response().status() == 200);
}
