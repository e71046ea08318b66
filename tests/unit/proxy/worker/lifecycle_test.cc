#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <set>
#include <vector>

#include <sys/socket.h>

#include "tests/unit/proxy/worker/proxy.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: web.example\r\n\r\n";
constexpr std::string_view kUpgrade =
    "GET /chat HTTP/1.1\r\nHost: web.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
constexpr std::string_view kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

// Upgrades and then says everything back in upper case of one letter: "a" comes back as "A".
void echo_tunnel(Peer& peer) {
  peer.read_request();
  peer.write(std::string(kSwitching) + "hi");
  for (;;) {
    const std::string byte = peer.read(1);
    peer.write(std::string(1, static_cast<char>(byte[0] - 'a' + 'A')));
  }
}

// Keeps scripts where they are until it is opened, or for a few seconds when a test has failed.
class Latch {
 public:
  void open() { opened_.set_value(); }
  void wait() { is_open_.wait_for(4s); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> is_open_{opened_.get_future().share()};
};

bool stops_soon(Proxy& proxy) {
  const auto before = std::chrono::steady_clock::now();
  proxy.worker().stop();
  proxy.join();
  return std::chrono::steady_clock::now() - before < 2s;
}

}  // namespace

TEST_CASE("an upgraded connection carries bytes both ways") {
  Origin origin{echo_tunnel};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(std::string(kUpgrade) + "a");  // early bytes belong to the tunnel
  const Message response = client.read_response("HEAD");
  CHECK(response.status() == 101);
  CHECK(response.header("upgrade") == "websocket");
  CHECK(client.read(3) == "hiA");
  for (const char c : {'b', 'c', 'd'}) {
    client.write({&c, 1});
    CHECK(client.read(1)[0] == c - 'a' + 'A');
  }
  CHECK(proxy.cluster(0).open_tunnels.value() == 1);
  client.close();

  CHECK(eventually([&] { return proxy.cluster(0).open_tunnels.value() == 0; }));
  CHECK(proxy.cohort(0).attempts.value() == 1);
  CHECK(proxy.cluster(0).responses[0].value() == 1);
}

TEST_CASE("one way of a tunnel may end before the other") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write(kSwitching);
    const std::string all = peer.read_to_end();
    peer.write("read " + all);
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(kUpgrade);
  client.read_head();
  client.write("everything");
  client.shutdown_write();

  CHECK(client.read_to_end() == "read everything");
}

TEST_CASE("a silent tunnel ends after its idle time") {
  Origin origin{echo_tunnel};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.timeouts.tunnel_idle = 50ms; }};
  Peer client = proxy.connect();

  client.write(kUpgrade);
  client.read_head();

  CHECK(client.read_to_end() == "hi");
}

TEST_CASE("an upgrade that is declined is an ordinary answer") {
  Origin origin{answering([](const Message&) { return ok("no"); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(kUpgrade);
  CHECK(client.read_response().body == "no");
  client.write(kGet);
  CHECK(client.read_response().body == "no");
}

TEST_CASE(
    "an exchange keeps its Snapshot while a new one is adopted, the next one is asked of the new "
    "one") {
  std::promise<void> go_on;
  auto gone_on = go_on.get_future().share();
  Origin old_origin{[&gone_on](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold");
    gone_on.wait();
    peer.write("old");
    peer.read_to_end();
  }};
  Origin new_origin{answering([](const Message&) { return ok("new"); })};
  Proxy proxy{{{"old", {old_origin.address()}, 1}, {"new", {new_origin.address()}, 0}}};
  Peer client = proxy.connect();
  client.write(kGet);
  client.read_head();
  CHECK(client.read(3) == "old");
  const std::weak_ptr<const Snapshot> before = proxy.current();

  proxy.set_weights({0, 1});

  CHECK_FALSE(before.expired());  // held by the exchange alone
  CHECK(proxy.cell().adopted_version.value() == 2);
  go_on.set_value();
  CHECK(client.read(3) == "old");
  CHECK(eventually([&] { return before.expired(); }));
  client.write(kGet);
  CHECK(client.read_response().body == "new");
}

TEST_CASE("pooled connections survive a new Snapshot") {
  Origin origin{answering([](const Message&) { return ok("x"); })};
  Proxy proxy{origin};

  proxy.get();
  proxy.set_weights({5});
  proxy.get();

  CHECK(origin.connections() == 1);
}

TEST_CASE("a drain ends idle connections, finishes exchanges and then run returns") {
  std::promise<void> answer;
  auto answered = answer.get_future().share();
  std::promise<void> arrived;
  Origin origin{[&](Peer& peer) {
    peer.read_request();
    arrived.set_value();
    answered.wait();
    peer.write(ok("late"));
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer idle = proxy.connect();
  Peer busy = proxy.connect();
  busy.write(kGet);
  arrived.get_future().wait();

  proxy.worker().drain(1min);
  CHECK(idle.at_end());
  answer.set_value();

  const Message response = busy.read_response();
  CHECK(response.body == "late");
  CHECK(response.header("connection") == "close");
  proxy.join();
}

TEST_CASE("a drain is over after its limit whatever goes on") {
  Origin origin{[](Peer& peer) { peer.read_to_end(); }};
  Proxy proxy{origin};
  Peer client = proxy.connect();
  client.write(kGet);
  CHECK(eventually([&] { return proxy.cluster(0).in_flight.value() == 1; }));

  proxy.worker().drain(50ms);

  proxy.join();
}

TEST_CASE("stop ends a tunnel whose client has said everything and whose origin is silent") {
  Latch stopped;
  Origin origin{[&stopped](Peer& peer) {
    peer.read_request();
    peer.write(kSwitching);
    peer.read_to_end();
    peer.write("bye");
    stopped.wait();  // keeps its end open: nothing but stop ends the tunnel
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();
  client.write(kUpgrade);
  client.read_head();
  client.shutdown_write();
  CHECK(client.read(3) == "bye");

  CHECK(stops_soon(proxy));
  stopped.open();
}

TEST_CASE("stop does not wait for a connection that nobody answers") {
  const Crowd crowd;
  Proxy proxy{{{"old", {crowd.address()}}},
              [](ServiceConfig& service, Config&) { service.timeouts.connect = 4s; }};
  Peer client = proxy.connect();
  client.write(kGet);
  CHECK(eventually([&] { return proxy.cell().pool_connects.value() == 1; }));

  CHECK(stops_soon(proxy));
  CHECK(proxy.cohort(0).attempts.value() == 1);
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("stop ends exchanges wherever they are stuck") {
  Latch stopped;
  Origin origin{[&stopped](Peer& peer) {
    const std::string head = peer.read_head();
    if (head.starts_with("GET /half")) {
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    } else if (head.starts_with("GET /flood")) {
      peer.write("HTTP/1.1 200 OK\r\n\r\n");
      for (;;) peer.write(std::string(100'000, 'x'));  // until the client's buffers are full
    }
    stopped.wait();
  }};
  Proxy proxy{origin};
  std::vector<Peer> clients;
  for (const std::string start :
       {"GET /silent HTTP/1.1\r\n", "GET /half HTTP/1.1\r\n", "GET /flood HTTP/1.1\r\n",
        "POST /waits HTTP/1.1\r\nContent-Length: 9\r\n",
        "POST /unread HTTP/1.1\r\nContent-Length: 99999999\r\n", "GET /head HTTP/1.1\r\n"}) {
    clients.push_back(proxy.connect());
    clients.back().write(start + "Host: a\r\n");
    if (!start.starts_with("GET /head")) clients.back().write("\r\n");
    if (start.starts_with("POST /unread")) {
      const std::string much(20'000'000, 'x');
      ::send(clients.back().descriptor(), much.data(), much.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
  CHECK(eventually([&] { return proxy.cluster(0).in_flight.value() == 5; }));
  clients[1].read_head();

  CHECK(stops_soon(proxy));
  stopped.open();
  CHECK(proxy.cluster(0).in_flight.value() == 0);
  CHECK(proxy.cohort(0).attempts.value() == 5);
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("a key goes to the same cluster every time, other keys elsewhere") {
  Origin a{answering([](const Message&) { return ok("a"); })};
  Origin b{answering([](const Message&) { return ok("b"); })};
  Proxy proxy{{{"a", {a.address()}, 1}, {"b", {b.address()}, 1}},
              [](ServiceConfig& service, Config&) {
                service.stickiness.key = StickinessConfig::Key::kHeader;
                service.stickiness.name = "x-user";
              }};

  std::set<std::string> seen;
  for (int user = 0; user < 16; ++user) {
    const std::string header = "X-User: " + std::to_string(user) + "\r\n";
    const std::string first = proxy.get("/", header).body;
    for (int i = 0; i < 4; ++i) CHECK(proxy.get("/", header).body == first);
    seen.insert(first);
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("requests without a key are split by chance") {
  Origin a{answering([](const Message&) { return ok("a"); })};
  Origin b{answering([](const Message&) { return ok("b"); })};
  Proxy proxy{{{"a", {a.address()}, 3}, {"b", {b.address()}, 1}}};
  Peer client = proxy.connect();

  for (int i = 0; i < 400; ++i) {
    client.write(kGet);
    client.read_response();
  }

  CHECK(proxy.cluster(0).attempts.value() > 250);
  CHECK(proxy.cluster(1).attempts.value() > 50);
}
