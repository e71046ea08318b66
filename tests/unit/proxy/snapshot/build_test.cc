#include <catch2/catch.hpp>

#include <set>
#include <vector>

#include "proxy/snapshot/build.h"

using namespace crossfade;

namespace {

constexpr std::size_t kWorkers = 2;

Address address(std::uint8_t last) {
  return Address::from_v4(0x0a000000U + last, 80);
}

EndpointSet set_of(std::initializer_list<std::uint8_t> lasts) {
  EndpointSet set;
  for (const std::uint8_t last : lasts) set.push_back({.address = address(last)});
  return set;
}

std::shared_ptr<const ServiceConfig> service(std::string_view name) {
  auto made = std::make_shared<ServiceConfig>();
  made->name = ServiceName::of(name);
  made->clusters.resize(2);
  made->clusters[0].name = ClusterName::of("old");
  made->clusters[1].name = ClusterName::of("new");
  return made;
}

std::shared_ptr<const Config> config(std::initializer_list<std::string_view> services) {
  auto made = std::make_shared<Config>();
  for (const auto name : services) {
    made->services.push_back(service(name));
    RouteConfig route;
    route.host = std::string(name);
    route.service = ServiceName::of(name);
    made->routes.push_back(route);
  }
  return made;
}

Split split(std::uint32_t new_ppm, std::uint64_t revision) {
  const std::vector<Share> shares = {Share::from_ppm(Share::kWhole - new_ppm),
                                     Share::from_ppm(new_ppm)};
  return {Assignment::initial(shares), 1, revision};
}

struct World {
  Registry registry{kWorkers};
  std::shared_ptr<const Config> conf = config({"a", "b"});
  EndpointSet old_set = set_of({1, 2, 3});
  EndpointSet new_set = set_of({11, 12});
  std::set<Address> failing = {};
  Instant now = Instant{} + 1h;
  std::uint64_t version = 0;

  ServiceFacts facts(std::uint32_t index, std::uint32_t new_ppm = 250'000,
                     std::uint64_t revision = 1) {
    return {index, split(new_ppm, revision), {{&old_set, &failing}, {&new_set, &failing}}};
  }
  std::shared_ptr<const Snapshot> build(const std::vector<ServiceFacts>& changed,
                                        const Snapshot* previous = nullptr) {
    return build_snapshot(++version, conf, changed, previous, registry, now);
  }
  std::shared_ptr<const Snapshot> first() { return build({facts(0), facts(1)}); }
};

std::vector<std::uint32_t> ppm(const std::vector<Share>& shares) {
  std::vector<std::uint32_t> result;
  for (const Share share : shares) result.push_back(share.ppm());
  return result;
}

using Ppm = std::vector<std::uint32_t>;

const SnapshotCluster& cluster_of(const Snapshot& snapshot, std::size_t service,
                                  std::size_t cluster) {
  return snapshot.services[service]->clusters[cluster];
}

}  // namespace

TEST_CASE("a Snapshot has the services of the configuration, their shares and endpoints") {
  World world;

  const auto snapshot = world.first();

  REQUIRE(snapshot->services.size() == 2);
  CHECK(snapshot->version == 1);
  CHECK(snapshot->router->match({"b", "/", "GET"}) == 1);
  CHECK(ppm(snapshot->services[0]->desired) == Ppm{750'000, 250'000});
  CHECK(snapshot->services[0]->effective == snapshot->services[0]->desired);
  CHECK(cluster_of(*snapshot, 0, 0).endpoints->size() == 3);
  CHECK(cluster_of(*snapshot, 0, 0).weights->size() == 3);
  CHECK(cluster_of(*snapshot, 0, 0).healthy_count == 3);
}

TEST_CASE("what did not change is shared with the Snapshot before") {
  World world;
  const auto before = world.first();

  const auto after = world.build({world.facts(0, 500'000, 2)}, before.get());

  CHECK(after->router == before->router);
  CHECK(after->services[1] == before->services[1]);
  CHECK(after->services[0] != before->services[0]);
  CHECK(cluster_of(*after, 0, 0).endpoints == cluster_of(*before, 0, 0).endpoints);
  CHECK(cluster_of(*after, 0, 0).weights == cluster_of(*before, 0, 0).weights);
  CHECK(cluster_of(*after, 0, 0).counters == cluster_of(*before, 0, 0).counters);
  CHECK(cluster_of(*after, 0, 0).cohort != cluster_of(*before, 0, 0).cohort);  // another revision
}

TEST_CASE("facts without endpoints keep those of the Snapshot before") {
  World world;
  const auto before = world.first();

  const auto after = world.build({{0, split(1, 2), {{}, {}}}}, before.get());

  CHECK(cluster_of(*after, 0, 1).endpoints == cluster_of(*before, 0, 1).endpoints);
  CHECK(cluster_of(*world.build({{0, split(1, 2), {{}, {}}}, {1, split(1, 2), {{}, {}}}}), 0, 1)
            .endpoints->empty());
}

TEST_CASE("a cluster with nobody healthy has no effective share") {
  World world;
  SECTION("because its set is empty") {
    world.new_set.clear();
  }
  SECTION("because its checks fail") {
    world.failing = {address(11), address(12)};
  }
  SECTION("because its source says not ready") {
    for (Endpoint& endpoint : world.new_set) endpoint.ready = false;
  }
  SECTION("because every worker ejected them") {
    const auto before = world.first();
    for (const auto& endpoint : *cluster_of(*before, 0, 1).endpoints)
      endpoint.cell->ejected_by = kWorkers;
    CHECK(count_healthy(*cluster_of(*before, 0, 1).endpoints, kWorkers) == 0);
  }

  const auto snapshot = world.first();

  CHECK(cluster_of(*snapshot, 0, 1).healthy_count == 0);
  CHECK(ppm(snapshot->services[0]->desired) == Ppm{750'000, 250'000});
  CHECK(ppm(snapshot->services[0]->effective) == Ppm{1'000'000, 0});
}

TEST_CASE("effective shares keep the proportion of those left and are the whole") {
  const std::vector<Share> desired = {Share::from_ppm(500'000), Share::from_ppm(299'999),
                                      Share::from_ppm(200'001)};

  CHECK(ppm(effective_shares(desired, Ppm{0, 1, 1})) == Ppm{0, 599'998, 400'002});
  CHECK(effective_shares(desired, Ppm{9, 1, 1}) == desired);
  CHECK(effective_shares(desired, Ppm{0, 0, 0}) == desired);
  // Nobody is left where the split sends anything: new is never filled because old died.
  const std::vector<Share> all_old = {Share::whole(), Share{}};
  CHECK(effective_shares(all_old, Ppm{0, 5}) == all_old);
}

TEST_CASE("an endpoint keeps its id, cell and age while it stays in the set") {
  World world;
  const auto before = world.first();
  const auto& stays = (*cluster_of(*before, 0, 0).endpoints)[1];

  world.old_set = set_of({2, 4});
  world.now += 1min;
  const auto after = world.build({world.facts(0)}, before.get());

  const auto& endpoints = *cluster_of(*after, 0, 0).endpoints;
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].id == stays.id);
  CHECK(endpoints[0].cell == stays.cell);
  CHECK(endpoints[0].admitted_at == stays.admitted_at);
  CHECK(endpoints[1].admitted_at == world.now);
}

TEST_CASE("an endpoint that is healthy again starts slowly again") {
  World world;
  world.failing = {address(1)};
  const auto before = world.first();
  CHECK_FALSE((*cluster_of(*before, 0, 0).endpoints)[0].healthy);

  world.failing.clear();
  world.now += 1min;
  const auto after = world.build({world.facts(0)}, before.get());

  const auto& endpoints = *cluster_of(*after, 0, 0).endpoints;
  CHECK(endpoints[0].healthy);
  CHECK(endpoints[0].admitted_at == world.now);
  CHECK(endpoints[1].admitted_at == world.now - 1min);
}

TEST_CASE("the same address in two clusters or services is two endpoints") {
  World world;
  world.new_set = world.old_set;

  const auto snapshot = world.first();

  std::set<std::uint32_t> slots;
  for (std::size_t service = 0; service < 2; ++service) {
    for (std::size_t cluster = 0; cluster < 2; ++cluster) {
      for (const auto& endpoint : *cluster_of(*snapshot, service, cluster).endpoints)
        slots.insert(endpoint.id.slot);
    }
  }
  CHECK(slots.size() == 12);
}

TEST_CASE("a slot is reused, under another generation, only when no Snapshot names it") {
  World world;
  auto before = world.first();
  const EndpointId gone = (*cluster_of(*before, 0, 0).endpoints)[0].id;
  const std::uint32_t slots = world.registry.slots();
  world.old_set = set_of({2, 3});
  auto after = world.build({world.facts(0)}, before.get());

  CHECK(world.registry.retire() == 0);  // `before` still names it
  before.reset();
  CHECK(world.registry.retire() == 1);

  world.old_set = set_of({2, 3, 4});
  const auto last = world.build({world.facts(0)}, after.get());
  const EndpointId joined = (*cluster_of(*last, 0, 0).endpoints)[2].id;
  CHECK(joined.slot == gone.slot);
  CHECK(joined.generation == gone.generation + 1);
  CHECK(world.registry.slots() == slots);
}

TEST_CASE("after a reload services are found by name, with their counters and endpoints") {
  World world;
  const auto before = world.first();
  world.conf = config({"c", "b"});

  const auto after = world.build({world.facts(0), world.facts(1)}, before.get());

  CHECK(after->router->match({"a", "/", "GET"}) == Router::kNone);
  CHECK(after->services[1]->config->name.str() == "b");
  CHECK(cluster_of(*after, 1, 0).endpoints == cluster_of(*before, 1, 0).endpoints);
  CHECK(cluster_of(*after, 1, 0).counters == cluster_of(*before, 1, 0).counters);
  CHECK(cluster_of(*after, 1, 0).cohort == cluster_of(*before, 1, 0).cohort);
}
