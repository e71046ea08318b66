#include <catch2/catch.hpp>

#include <functional>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "proxy/control/probe.h"
#include "proxy/control/prober.h"

namespace crossfade {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// An origin that answers every request with one status, on the test's own thread.
class Origin {
 public:
  explicit Origin(asio::io_context& context)
      : acceptor_{context, {asio::ip::address_v4::loopback(), 0}} {
    accept();
  }
  Address address() const { return Address::from_sockaddr(acceptor_.local_endpoint().data()); }
  void close() { acceptor_.close(); }

  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  std::string asked;

 private:
  struct Peer {
    explicit Peer(tcp::socket its) : socket{std::move(its)} {}
    tcp::socket socket;
    std::string text;
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
      if (failed) return;
      const auto peer = std::make_shared<Peer>(std::move(socket));
      asio::async_read_until(peer->socket, asio::dynamic_buffer(peer->text), "\r\n\r\n",
                             [this, peer](boost::system::error_code ended, std::size_t) {
                               if (ended) return;
                               asked = peer->text;
                               asio::write(peer->socket, asio::buffer(answer), ended);
                             });
      accept();
    });
  }

  tcp::acceptor acceptor_;
};

void turn_until(asio::io_context& context, const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done() && std::chrono::steady_clock::now() < give_up) {
    context.restart();
    context.run_one_for(std::chrono::milliseconds(100));
  }
  REQUIRE(done());
}

HealthCheckConfig http_check() {
  HealthCheckConfig check;
  check.kind = HealthCheckConfig::Kind::kHttp;
  check.path = "/healthz";
  check.host = "playlist.example";
  check.timeout = 5s;
  return check;
}

bool passes(asio::io_context& context, const Address& address, const HealthCheckConfig& check) {
  std::optional<bool> passed;
  asio::co_spawn(context, probe(context, address, check),
                 [&](std::exception_ptr, bool ok) { passed = ok; });
  turn_until(context, [&] { return passed.has_value(); });
  return *passed;
}

TEST_CASE("an HTTP check asks for its path and host and judges the status") {
  asio::io_context context;
  Origin origin(context);

  CHECK(passes(context, origin.address(), http_check()));
  CHECK(origin.asked.starts_with("GET /healthz HTTP/1.1\r\nHost: playlist.example\r\n"));
  origin.answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  CHECK(!passes(context, origin.address(), http_check()));
  origin.answer = "hello\r\n\r\n";
  CHECK(!passes(context, origin.address(), http_check()));
}

TEST_CASE("a check fails when nobody listens or nobody answers in time") {
  asio::io_context context;
  Origin origin(context);
  HealthCheckConfig impatient = http_check();
  impatient.timeout = 20ms;
  origin.answer = "";

  CHECK(!passes(context, origin.address(), impatient));
  const Address gone = origin.address();
  origin.close();
  CHECK(!passes(context, gone, http_check()));
}

TEST_CASE("a TCP check is content with a connection") {
  asio::io_context context;
  Origin origin(context);
  HealthCheckConfig check;
  check.kind = HealthCheckConfig::Kind::kTcp;

  CHECK(passes(context, origin.address(), check));
}

TEST_CASE("the prober reports the first result and every change after it") {
  asio::io_context context;
  Origin origin(context);
  auto service = std::make_shared<ServiceConfig>();
  service->name = ServiceName::of("playlist");
  service->clusters = {{ClusterName::of("old"), 1, StaticSource{}, 0.5}};
  service->health_check = http_check();
  service->health_check.interval = 1ms;
  Config config;
  config.services = {service};
  std::vector<bool> reports;
  Prober prober(context, Random{7},
                [&](const ServiceName&, const ClusterName&, const Address&, bool ok) {
                  reports.push_back(ok);
                });
  prober.configure(config);

  prober.on_endpoints(service->name, ClusterName::of("old"), {{origin.address()}});
  turn_until(context, [&] { return reports.size() == 1; });
  origin.answer = "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n";
  turn_until(context, [&] { return reports.size() == 2; });
  origin.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  turn_until(context, [&] { return reports.size() == 3; });

  CHECK(reports == std::vector<bool>{true, false, true});
  prober.on_endpoints(service->name, ClusterName::of("old"), {});
  turn_until(context, [&] { return prober.running() == 0; });
}

TEST_CASE("an endpoint that failed before checks were off is told again once they are on") {
  asio::io_context context;
  Origin origin(context);
  origin.answer = "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n";
  auto on = std::make_shared<ServiceConfig>();
  on->name = ServiceName::of("playlist");
  on->clusters = {{ClusterName::of("old"), 1, StaticSource{}, 0.5}};
  on->health_check = http_check();
  on->health_check.interval = 1ms;
  auto off = std::make_shared<ServiceConfig>(*on);
  off->health_check = {};
  Config with_checks;
  with_checks.services = {on};
  Config without;
  without.services = {off};
  std::vector<bool> reports;
  Prober prober(context, Random{7},
                [&](const ServiceName&, const ClusterName&, const Address&, bool ok) {
                  reports.push_back(ok);
                });
  prober.configure(with_checks);
  prober.on_endpoints(on->name, ClusterName::of("old"), {{origin.address()}});
  turn_until(context, [&] { return reports.size() == 1; });

  prober.configure(without);
  turn_until(context, [&] { return prober.running() == 0; });
  prober.configure(with_checks);
  turn_until(context, [&] { return reports.size() == 2; });

  CHECK(reports == std::vector<bool>{false, false});
}

}  // namespace
}  // namespace crossfade
