#include <catch2/catch.hpp>

#include <mutex>

#include "tests/unit/proxy/worker/proxy.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: web.example\r\n\r\n";
constexpr std::string_view kPost =
    "POST / HTTP/1.1\r\nHost: web.example\r\nContent-Length: 3\r\n\r\nabc";

std::uint64_t failures(const ClusterCell& cell, Side side) {
  return cell.failures[static_cast<std::size_t>(side)].value();
}

// Reads a request and closes without an answer.
void hang_up(Peer& peer) {
  peer.read_request();
}

// One retry for each request: the floor of the budget is no part of these tests.
Proxy::Tune with_budget() {
  return [](ServiceConfig& service, Config&) { service.retries.budget = 1.0; };
}

}  // namespace

TEST_CASE("a refused connection is retried on the other cluster and counted against the first") {
  const DeadEnd dead;
  Origin origin{answering([](const Message&) { return ok("old"); })};
  Proxy proxy{{{"new", {dead.address()}, 999'999}, {"old", {origin.address()}, 1}}, with_budget()};

  CHECK(proxy.get().body == "old");

  CHECK(proxy.cluster(0).attempts.value() == 1);
  CHECK(failures(proxy.cluster(0), Side::kUpstream) == 1);
  CHECK(proxy.cohort(0).attempts.value() == 1);
  CHECK(proxy.cohort(0).failures.value() == 1);
  CHECK(proxy.cohort(0).failure_events.value() == 1);
  CHECK(proxy.cluster(1).attempts.value() == 1);
  CHECK(proxy.cluster(1).retries.value() == 1);
  CHECK(proxy.cluster(1).crossed.value() == 1);
  CHECK(proxy.cohort(1).failures.value() == 0);
}

TEST_CASE("a retry stays in its cluster when it may not cross") {
  const DeadEnd dead;
  Origin alive{answering([](const Message&) { return ok("new"); })};
  Origin other{answering([](const Message&) { return ok("old"); })};
  Proxy proxy{{{"new", {dead.address(), alive.address()}, 999'999}, {"old", {other.address()}, 1}},
              [](ServiceConfig& service, Config&) {
                service.retries.cross_cluster = false;
                service.retries.budget = 1.0;
              }};

  for (int i = 0; i < 8; ++i) CHECK(proxy.get().body == "new");

  CHECK(other.connections() == 0);
  CHECK(proxy.cluster(0).attempts.value() == 8 + proxy.cluster(0).retries.value());
}

TEST_CASE("an upload is retried after a refused connection: nothing of it has been sent") {
  const DeadEnd dead;
  Origin origin{answering([](const Message& request) { return ok(request.body); })};
  Proxy proxy{{{"new", {dead.address()}, 999'999}, {"old", {origin.address()}, 1}}, with_budget()};
  Peer client = proxy.connect();

  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" +
               std::string(50'000, 'x'));

  CHECK(client.read_response().body == std::string(50'000, 'x'));
}

TEST_CASE("with nobody to connect to the client gets 502 as problem+json without an address") {
  const DeadEnd dead;
  Proxy proxy{{{"old", {dead.address()}}}};

  const Message response = proxy.get();

  CHECK(response.status() == 502);
  CHECK(response.header("content-type") == "application/problem+json");
  CHECK(response.body.find("127.0.0.1") == std::string::npos);
  CHECK(response.body.find(std::to_string(dead.address().port())) == std::string::npos);
}

TEST_CASE("a reused connection that died while idle is replaced and held against nobody") {
  std::atomic<int> number = 0;
  Origin origin{[&number](Peer& peer) {
    const bool is_first = number++ == 0;
    peer.read_request();
    peer.write(ok("x"));
    peer.read_request();   // the second request on this connection
    if (is_first) return;  // closed without an answer
    peer.write(ok("y"));
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(kGet);
  CHECK(client.read_response().body == "x");
  client.write(kGet);
  CHECK(client.read_response().body == "x");

  CHECK(origin.connections() == 2);
  CHECK(proxy.cluster(0).attempts.value() == 2);
  CHECK(proxy.cluster(0).retries.value() == 0);
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("a POST is never sent twice") {
  std::atomic<int> requests = 0;
  Origin origin{[&requests](Peer& peer) {
    peer.read_request();
    ++requests;
  }};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.retries.attempts_max = 5; }};
  Peer client = proxy.connect();

  client.write(kPost);

  CHECK(client.read_response().status() == 502);
  CHECK(requests == 1);
}

TEST_CASE("a GET is tried as often as attempts_max says") {
  Origin origin{hang_up};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.retries.attempts_max = 3; }};

  CHECK(proxy.get().status() == 502);

  CHECK(origin.connections() == 3);
  CHECK(proxy.cluster(0).attempts.value() == 3);
  CHECK(proxy.cohort(0).attempts.value() == 3);
  CHECK(proxy.cohort(0).failures.value() == 3);
  CHECK(proxy.cohort(0).failure_events.value() <= 2);  // of one endpoint, within a second or two
}

TEST_CASE("a status that the service wants retried is not shown to the client") {
  Origin failing{answering([](const Message&) {
    return std::string{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"};
  })};
  Origin origin{answering([](const Message&) { return ok("old"); })};
  Proxy proxy{{{"new", {failing.address()}, 999'999}, {"old", {origin.address()}, 1}},
              [](ServiceConfig& service, Config&) { service.retries.statuses = {503}; }};

  CHECK(proxy.get().body == "old");

  CHECK(proxy.cluster(0).responses[4].value() == 1);
  CHECK(proxy.cohort(0).failures.value() == 1);
  CHECK(proxy.cohort(0).attempts.value() == 1);
}

TEST_CASE("503 is the cluster's failure though it is passed on, 404 and 501 are not") {
  Origin origin{answering([](const Message& request) {
    const std::string status = request.head.substr(5, 3);
    return "HTTP/1.1 " + status + " Such\r\nContent-Length: 0\r\n\r\n";
  })};
  Proxy proxy{origin};

  for (const std::string status : {"503", "500", "502", "504", "501", "404", "200"}) {
    CHECK(std::to_string(proxy.get("/" + status).status()) == status);
  }

  CHECK(proxy.cohort(0).attempts.value() == 7);
  CHECK(proxy.cohort(0).failures.value() == 4);
  CHECK(failures(proxy.cluster(0), Side::kUpstream) == 4);
}

TEST_CASE(
    "an upstream that does not answer in time is 504, not retried, and the cluster's failure") {
  Origin origin{[](Peer& peer) { peer.read_to_end(); }};
  Proxy proxy{origin,
              [](ServiceConfig& service, Config&) { service.timeouts.response_head = 50ms; }};

  const Message response = proxy.get();

  CHECK(response.status() == 504);
  CHECK(response.header("content-type") == "application/problem+json");
  CHECK(origin.connections() == 1);
  CHECK(proxy.cohort(0).failures.value() == 1);
}

TEST_CASE("the whole exchange has a limit of its own") {
  Origin origin{[](Peer& peer) { peer.read_to_end(); }};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.timeouts.request = 50ms; }};

  CHECK(proxy.get().status() == 504);
}

TEST_CASE("after the limit of the whole exchange nobody else is tried, and so nobody else blamed") {
  const Crowd crowd;
  Origin origin{answering([](const Message&) { return ok("old"); })};
  Proxy proxy{{{"new", {crowd.address()}, 999'999}, {"old", {origin.address()}, 1}},
              [](ServiceConfig& service, Config&) {
                service.timeouts.connect = 4s;
                service.timeouts.request = 50ms;
              }};

  CHECK(proxy.get().status() == 504);

  CHECK(proxy.cohort(0).failures.value() == 1);
  CHECK(proxy.cohort(1).attempts.value() == 0);
}

TEST_CASE("a response that stalls in its body is cut off and the cluster's failure") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    peer.read_to_end();
  }};
  Proxy proxy{origin,
              [](ServiceConfig& service, Config&) { service.timeouts.body_progress = 50ms; }};
  Peer client = proxy.connect();

  client.write(kGet);
  client.read_head();

  CHECK(client.read_to_end() == "abc");
  CHECK(eventually([&] { return proxy.cohort(0).failures.value() == 1; }));
}

TEST_CASE("a chunked response that is cut off is cut off for the client too") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(kGet);
  client.read_head();

  CHECK(client.read_to_end() == "3\r\nabc\r\n");  // and no last chunk
  CHECK(eventually([&] { return proxy.cohort(0).failures.value() == 1; }));
}

TEST_CASE("an upload that stalls is 408 and the client's fault") {
  Origin origin{[](Peer& peer) { peer.read_to_end(); }};
  Proxy proxy{origin,
              [](ServiceConfig& service, Config&) { service.timeouts.body_progress = 50ms; }};
  Peer client = proxy.connect();

  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");

  CHECK(client.read_response().status() == 408);
  CHECK(proxy.cohort(0).attempts.value() == 1);
  CHECK(proxy.cohort(0).failures.value() == 0);
  CHECK(failures(proxy.cluster(0), Side::kClient) == 1);
}

TEST_CASE("an upload that stalls after the answer has begun is the client's fault too") {
  Origin origin{[](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;) peer.write("1\r\n" + peer.read(1) + "\r\n");
  }};
  Proxy proxy{origin,
              [](ServiceConfig& service, Config&) { service.timeouts.body_progress = 50ms; }};

  for (int i = 0; i < 5; ++i) {
    Peer client = proxy.connect();
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    client.read_head();
    client.write("a");
    client.read_to_end();
  }

  CHECK(eventually([&] { return proxy.cohort(0).attempts.value() == 5; }));
  CHECK(failures(proxy.cluster(0), Side::kClient) == 5);
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("a malformed response is 502 and the cluster's failure") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    peer.read_to_end();
  }};
  Proxy proxy{origin};

  CHECK(proxy.get().status() == 502);
  CHECK(proxy.cohort(0).failures.value() == 1);
  CHECK(origin.connections() == 1);
}

TEST_CASE("101 to a request that did not ask for it is 502") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: "
        "websocket\r\n\r\nsecret");
    peer.read_to_end();
  }};
  Proxy proxy{origin};

  CHECK(proxy.get().status() == 502);
}

TEST_CASE("a malformed request is 400, closes, and reaches nobody") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin};

  for (const std::string request :
       {"GET / HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    Peer client = proxy.connect();
    client.write(request);
    CHECK(client.read_response().status() == 400);
    CHECK(client.at_end());
  }
  CHECK(origin.connections() == 0);
  CHECK(proxy.cell().requests_malformed.value() == 4);
}

TEST_CASE("a chunk that is malformed in the middle of an upload is 400 and the client's fault") {
  Origin origin{[](Peer& peer) { peer.read_to_end(); }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  CHECK(eventually([&] { return proxy.cluster(0).request_bytes.value() == 3; }));
  client.write("oops\r\n");

  CHECK(client.read_response().status() == 400);
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("a client that goes away is the client's fault") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    for (int i = 0; i < 1000; ++i) peer.write(std::string(100'000, 'x'));
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  {
    Peer client = proxy.connect();
    client.write(kGet);
    client.read_head();
    client.reset();
  }

  CHECK(eventually([&] { return proxy.cohort(0).attempts.value() == 1; }));
  CHECK(proxy.cohort(0).failures.value() == 0);
  CHECK(failures(proxy.cluster(0), Side::kClient) == 1);
  CHECK(proxy.cluster(0).in_flight.value() == 0);
}

TEST_CASE("a request that no route matches is 404 and keeps the connection") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin, [](ServiceConfig&, Config& config) { config.routes[0].path = "/only"; }};
  Peer client = proxy.connect();

  client.write(kGet);
  CHECK(client.read_response().status() == 404);
  client.write("GET /only HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(client.read_response().status() == 200);
  CHECK(proxy.cell().requests_unrouted.value() == 1);
}

TEST_CASE(
    "a cluster whose endpoints are all ejected is left for the other one, and that counts as "
    "crossed") {
  Origin failing{hang_up};
  Origin origin{answering([](const Message&) { return ok("old"); })};
  Proxy proxy{{{"new", {failing.address()}, 999'999}, {"old", {origin.address()}, 1}},
              [](ServiceConfig& service, Config&) {
                service.ejection.consecutive_failures = 1;
                service.ejection.base_time = 1min;
              }};

  CHECK(proxy.get().body == "old");
  const std::size_t before = failing.connections();
  for (int i = 0; i < 5; ++i) CHECK(proxy.get().body == "old");

  CHECK(failing.connections() == before);
  CHECK(proxy.cluster(1).crossed.value() == 6);
}

TEST_CASE("a slow response head is counted as slow") {
  Origin origin{answering([](const Message&) {
    std::this_thread::sleep_for(20ms);  // the slowness under test
    return ok("x");
  })};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.slow_threshold = 5ms; }};

  CHECK(proxy.get().status() == 200);
  CHECK(proxy.cohort(0).slow.value() == 1);
}
