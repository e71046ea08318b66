#include "proxy/upstream/upstream.h"

#include <optional>

#include <catch2/catch.hpp>

#include "tests/unit/proxy/net/loopback.h"

namespace crossfade {
namespace {

SnapshotEndpoint endpoint_at(const Address& address, EndpointId id = {0, 1}) {
  SnapshotEndpoint endpoint;
  endpoint.id = id;
  endpoint.address = address;
  endpoint.cell = std::make_shared<EndpointCell>();
  return endpoint;
}

net::Task<void> connect(Upstream& upstream, EndpointRef endpoint, const ServiceConfig& service,
                        std::optional<Result<Lease>>& lease) {
  Result<Lease> made = upstream.open(*endpoint, service.pool);
  if (made.has_value()) {
    Result<void> connected =
        co_await upstream.connect(*made, service.timeouts.connect, net::Deadline::kNever);
    if (connected.has_error()) made = std::move(connected).error();
  }
  lease = std::move(made);
}

// One origin, one worker's upstream.
struct Pools : net::Loop {
  Result<Lease> connect_to(const SnapshotEndpoint& to) {
    std::optional<Result<Lease>> lease;
    spawn(connect(upstream, upstream.state(to), service, lease));
    run_until([&] { return lease.has_value(); });
    return std::move(*lease);
  }
  Lease connected() {
    Result<Lease> lease = connect_to(endpoint);
    REQUIRE(lease.has_value());
    peers.push_back(origin.accept());
    return std::move(*lease);
  }
  void use_once() { connected().keep(service.pool); }
  EndpointState& state() { return *upstream.state(endpoint); }

  net::Origin origin;
  SnapshotEndpoint endpoint = endpoint_at(origin.address());
  ServiceConfig service;
  WorkerCell counters;
  Upstream upstream{driver, counters};
  std::vector<net::Peer> peers;
};

TEST_CASE("a kept connection is lent again, and counts once") {
  Pools pools;
  CHECK_FALSE(pools.upstream.reuse(pools.state()));
  {
    Lease first = pools.connected();
    CHECK_FALSE(first.is_reused());
    CHECK(pools.state().in_flight() == 1);
    first.keep(pools.service.pool);
  }
  CHECK(pools.state().in_flight() == 0);
  CHECK(pools.state().idle() == 1);

  const Lease again = pools.upstream.reuse(pools.state());

  REQUIRE(again);
  CHECK(again.is_reused());
  CHECK(pools.state().in_flight() == 1);
  CHECK(pools.state().connections() == 1);
  CHECK(pools.counters.pool_connects.value() == 1);
  CHECK(pools.counters.pool_reuses.value() == 1);
  CHECK(pools.counters.pool_idle.value() == 0);
}

TEST_CASE("a lease that is not kept closes its connection") {
  Pools pools;
  { const Lease lease = pools.connected(); }
  CHECK(pools.state().connections() == 0);
  CHECK(pools.state().in_flight() == 0);
  CHECK(pools.peers[0].receive(1).empty());
}

TEST_CASE("the connection used last is lent first") {
  Pools pools;
  Lease cold = pools.connected();
  Lease warm = pools.connected();
  const int warm_fd = warm.stream().fd();
  cold.keep(pools.service.pool);
  warm.keep(pools.service.pool);

  CHECK(pools.upstream.reuse(pools.state()).stream().fd() == warm_fd);
}

TEST_CASE("no more idle connections are kept than the pool may have") {
  Pools pools;
  pools.service.pool.idle_max = 1;
  Lease first = pools.connected();
  Lease second = pools.connected();
  first.keep(pools.service.pool);
  second.keep(pools.service.pool);
  CHECK(pools.state().idle() == 1);
  CHECK(pools.state().connections() == 1);
}

TEST_CASE("over the maximum of connections the error is ours and another endpoint may be tried") {
  Pools pools;
  pools.service.pool.connections_max = 1;
  const Lease only = pools.connected();

  const Result<Lease> refused = pools.connect_to(pools.endpoint);

  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kFull);
  CHECK(refused.error().side == Side::kSelf);
  CHECK(refused.error().retry == Retry::kYes);
  CHECK(pools.counters.pool_full.value() == 1);
}

TEST_CASE("an idle connection that the origin closes is noticed and dropped") {
  Pools pools;
  pools.use_once();
  SECTION("closed") {
    pools.peers[0].close();
  }
  SECTION("reset") {
    pools.peers[0].reset();
  }
  SECTION("bytes that nobody asked for") {
    pools.peers[0].send("HTTP/1.1 408 Request Timeout\r\n");
  }

  pools.run_until([&] { return pools.state().idle() == 0; });

  CHECK(pools.state().connections() == 0);
  CHECK(pools.counters.pool_stale.value() == 1);
  CHECK(pools.counters.pool_idle.value() == 0);
}

// Takes a connection from the pool as soon as its own socket has something.
struct Borrower : net::Waiter {
  explicit Borrower(Pools& all)
      : net::Waiter{[](net::Waiter& waiter) {
          auto& self = static_cast<Borrower&>(waiter);
          if (!self.stream.peer_closed()) return;
          self.has_asked = true;
          self.lease = self.pools.upstream.reuse(self.pools.state());
        }},
        pools{all} {
    REQUIRE(stream.adopt(std::move(pair.ours)).has_value());
    pools.settle();
    stream.watch_idle(this);
  }
  ~Borrower() { stream.watch_idle(nullptr); }
  Pools& pools;
  net::TcpPair pair;
  net::Stream stream{pools.driver, Side::kClient};
  Lease lease;
  bool has_asked = false;
};

TEST_CASE("bytes that come in the same turn as a request are not taken for its answer") {
  Pools pools;
  pools.use_once();
  Borrower request{pools};
  request.pair.peer.end_writing();  // in the order in which events are reported
  pools.peers[0].send("HTTP/1.1 408 Request Timeout\r\n\r\n");

  pools.run_until([&] { return request.has_asked; });

  CHECK_FALSE(request.lease);
  pools.settle();
  CHECK(pools.state().connections() == 0);
  CHECK(pools.counters.pool_stale.value() == 1);
}

TEST_CASE("a connection that is not quiet is not kept") {
  Pools pools;
  Lease lease = pools.connected();
  pools.peers[0].send("more than expected");
  pools.settle();

  lease.keep(pools.service.pool);

  CHECK(pools.state().idle() == 0);
  CHECK(pools.state().connections() == 0);
}

TEST_CASE("an idle connection is closed when its time is over, and is not called stale") {
  Pools pools;
  pools.service.pool.idle_time_max = 10ms;
  pools.use_once();
  CHECK(pools.state().idle() == 1);

  pools.run_until([&] { return pools.state().idle() == 0; });

  CHECK(pools.counters.pool_stale.value() == 0);
}

struct Alarm : net::Deadline {
  Alarm() : net::Deadline{[](net::Deadline& self) { static_cast<Alarm&>(self).has_rung = true; }} {}
  bool has_rung = false;
};

TEST_CASE("a lent connection outlives the time it could have been idle") {
  Pools pools;
  pools.service.pool.idle_time_max = 10ms;
  pools.use_once();
  const Lease lease = pools.upstream.reuse(pools.state());
  Alarm alarm;
  pools.driver.arm(alarm, pools.driver.now() + 30ms);

  pools.run_until([&] { return alarm.has_rung; });

  CHECK_FALSE(lease.stream().is_expired());
  CHECK(pools.state().connections() == 1);
}

TEST_CASE("a refused connection leaves nothing behind") {
  Pools pools;
  pools.origin.close();

  const Result<Lease> refused = pools.connect_to(pools.endpoint);

  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kConnectRefused);
  CHECK(refused.error().side == Side::kUpstream);
  CHECK(refused.error().retry == Retry::kYes);
  CHECK(pools.state().connections() == 0);
  CHECK(pools.state().in_flight() == 0);
  CHECK(pools.counters.pool_connect_failures.value() == 1);
}

TEST_CASE("a slot given to another endpoint while a lease is out keeps the two apart") {
  Pools pools;
  net::Origin other;
  const SnapshotEndpoint successor = endpoint_at(other.address(), {0, 2});
  pools.use_once();
  Lease old = pools.connected();
  const EndpointRef old_state{&old.endpoint()};

  const EndpointRef new_state = pools.upstream.state(successor);

  CHECK(new_state != old_state);
  CHECK(old_state->idle() == 0);
  CHECK(pools.upstream.known(pools.endpoint.id) == nullptr);
  CHECK_FALSE(pools.upstream.reuse(*new_state));
  old.keep(pools.service.pool);
  CHECK(old_state->connections() == 0);
  CHECK(new_state->in_flight() == 0);
}

TEST_CASE(
    "a request that still knows the endpoint a slot had before gets a state that keeps nothing") {
  Pools pools;
  net::Origin other;
  const EndpointRef new_state = pools.upstream.state(endpoint_at(other.address(), {0, 2}));

  const Result<Lease> late = pools.connect_to(pools.endpoint);

  REQUIRE(late.has_value());
  CHECK(pools.upstream.known({0, 2}) == new_state.get());
  CHECK(late->endpoint().address() == pools.endpoint.address);
}

std::shared_ptr<Snapshot> snapshot_of(std::vector<SnapshotEndpoint> endpoints) {
  SnapshotCluster cluster;
  cluster.endpoints = std::make_shared<const SnapshotEndpoints>(std::move(endpoints));
  auto config = std::make_shared<ServiceConfig>();
  config->name = ServiceName::of("web");
  auto service = std::make_shared<SnapshotService>();
  service->config = config;
  service->clusters.push_back(cluster);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->services.push_back(service);
  return snapshot;
}

TEST_CASE("pools of endpoints that a new snapshot names survive it, the others are closed") {
  Pools pools;
  pools.use_once();
  SECTION("named") {
    pools.upstream.follow(*snapshot_of({pools.endpoint}), *snapshot_of({pools.endpoint}));
    CHECK(pools.upstream.reuse(pools.state()));
  }
  SECTION("not named") {
    pools.upstream.follow(*snapshot_of({pools.endpoint}), *snapshot_of({}));
    CHECK(pools.upstream.known(pools.endpoint.id) == nullptr);
    CHECK(pools.counters.pool_idle.value() == 0);
    CHECK(pools.peers[0].receive(1).empty());
  }
}

TEST_CASE(
    "a late request to an endpoint that has left leaves no pool behind, one that is back has one") {
  Pools pools;
  const auto with = snapshot_of({pools.endpoint});
  const auto without = snapshot_of({});
  pools.upstream.follow(*with, *without);
  pools.use_once();
  CHECK(pools.upstream.known(pools.endpoint.id) == nullptr);
  CHECK(pools.counters.pool_idle.value() == 0);

  pools.upstream.follow(*without, *with);
  pools.use_once();
  CHECK(pools.state().idle() == 1);
}

TEST_CASE("the retry budget of a service is forgotten when it leaves the configuration") {
  Pools pools;
  const ServiceName name = ServiceName::of("web");
  const auto with = snapshot_of({});
  with->config = std::make_shared<const Config>();
  const auto same = snapshot_of({});
  same->config = with->config;
  Snapshot without;
  without.config = std::make_shared<const Config>();
  const auto spent = [&] {
    return !pools.upstream.retry_budget(name).try_retry(0, pools.driver.now());
  };
  while (!spent()) {
  }

  pools.upstream.follow(*with, *same);
  CHECK(spent());
  pools.upstream.follow(*same, without);
  CHECK_FALSE(spent());
}

TEST_CASE("an ejection is counted in the endpoint's cell until it is over") {
  Pools pools;
  EjectionConfig config;
  config.consecutive_failures = 1;
  config.base_time = 5s;
  const Instant now = pools.driver.now();
  EndpointState& state = pools.state();
  CHECK(state.is_usable(now));

  state.on_failure(config, now);
  CHECK_FALSE(state.is_usable(now));
  CHECK(pools.endpoint.cell->ejected_by == 1);
  CHECK(pools.counters.ejections.value() == 1);

  state.refresh(now + 5s);
  CHECK(state.is_usable(now + 5s));
  CHECK(pools.endpoint.cell->ejected_by == 0);

  state.on_failure(config, now + 6s);
  CHECK(pools.endpoint.cell->ejected_by == 1);
  pools.upstream.follow(*snapshot_of({pools.endpoint}), *snapshot_of({}));
  CHECK(pools.endpoint.cell->ejected_by == 0);
}

TEST_CASE("while an endpoint is probed it gets one request at a time") {
  Pools pools;
  EjectionConfig config;
  config.consecutive_failures = 1;
  pools.state().on_failure(config, pools.driver.now() - config.base_time);
  CHECK(pools.state().is_usable(pools.driver.now()));

  const Lease probe = pools.connected();
  CHECK_FALSE(pools.state().is_usable(pools.driver.now()));

  pools.state().on_success(pools.driver.now());
  CHECK(pools.state().is_usable(pools.driver.now()));
}

TEST_CASE("requests from before an ejection do not keep the endpoint from being probed") {
  Pools pools;
  EjectionConfig config;
  config.consecutive_failures = 1;
  const Lease tunnel = pools.connected();
  const Instant ejected = pools.driver.now() - config.base_time;
  pools.state().on_failure(config, ejected);
  CHECK(pools.state().is_usable(pools.driver.now()));

  const Lease probe = pools.connected();
  CHECK_FALSE(pools.state().is_usable(pools.driver.now()));

  const Instant failed = pools.driver.now();
  pools.state().on_failure(config, failed);
  CHECK(pools.state().is_usable(failed + 2 * config.base_time));
}

TEST_CASE("a probe that ends without a verdict makes room for the next one") {
  Pools pools;
  EjectionConfig config;
  config.consecutive_failures = 1;
  pools.state().on_failure(config, pools.driver.now() - config.base_time);
  pools.connected().close();
  CHECK(pools.state().is_usable(pools.driver.now()));
  pools.use_once();
  CHECK(pools.state().is_usable(pools.driver.now()));
}

TEST_CASE("failures of one endpoint in one second are one event, over all workers") {
  EndpointCell cell;
  const Instant second = Instant{} + 1000s;
  CHECK(begins_failure_event(cell, second));
  CHECK_FALSE(begins_failure_event(cell, second + 999ms));
  CHECK(begins_failure_event(cell, second + 1s));
}

}  // namespace
}  // namespace crossfade
