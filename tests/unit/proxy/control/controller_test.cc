#include <catch2/catch.hpp>

#include "proxy/control/controller.h"
#include "proxy/control/memory_journal.h"

namespace crossfade {

namespace {

class StoppedClock final : public Clock {
 public:
  Instant now() const override { return Instant{} + 1h; }
  WallTime wall() const override { return WallTime{}; }
};

EndpointSet two_endpoints() {
  return {Endpoint{.address = Address::from_v4(0x0a000001, 80)},
          Endpoint{.address = Address::from_v4(0x0a000002, 80)}};
}

// A control core whose journal answers when told to.
struct Core {
  std::vector<std::function<void()>> posts;
  StoppedClock clock;
  MemoryJournal journal{[this](std::function<void()> post) { posts.push_back(std::move(post)); }};
  std::vector<std::shared_ptr<const Snapshot>> published;
  std::vector<ControlEvent> events;
  Controller controller{
      {journal, clock, [this](auto snapshot) { published.push_back(std::move(snapshot)); }}};
  std::string answer = "none";

  Core() {
    controller.subscribe([this](const ControlEvent& event) { events.push_back(event); });
  }
  void run_journal() {
    for (const auto& post : std::exchange(posts, {})) post();
  }
  Controller::Done done() {
    return [this](const Result<Change>& change) { answer = change ? "" : change.error().message; };
  }
  void set_weights(Controller::Weights weights, std::optional<std::uint64_t> revision = {}) {
    answer = "none";
    controller.set_weights(ServiceName::of("shop"), weights, revision, {"tester", "why not"},
                           done());
  }
  Share share(std::string_view cluster) {
    const ServiceView view = controller.service(ServiceName::of("shop")).value();
    return std::ranges::find(view.clusters, ClusterName::of(cluster), &ClusterView::cluster)
        ->desired;
  }
};

std::shared_ptr<const Config> config_with(
    std::vector<std::pair<std::string, std::uint32_t>> clusters) {
  auto service = std::make_shared<ServiceConfig>();
  service->name = ServiceName::of("shop");
  for (const auto& [name, weight] : clusters) {
    ClusterConfig& cluster = service->clusters.emplace_back();
    cluster.name = ClusterName::of(name);
    cluster.weight = weight;
  }
  service->health_check.kind = HealthCheckConfig::Kind::kTcp;
  auto config = std::make_shared<Config>();
  config->workers = 1;
  config->services.push_back(std::move(service));
  return config;
}

const ServiceName kShop = ServiceName::of("shop");
const ClusterName kOld = ClusterName::of("old");
const ClusterName kNew = ClusterName::of("new");

}  // namespace

TEST_CASE("the weights of the configuration hold until somebody sets others") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 3}, {"new", 1}})).has_value());
  CHECK(core.share("old").ppm() == 750'000);
  CHECK(core.share("new").ppm() == 250'000);
  CHECK(core.published.size() == 1);
}

TEST_CASE("many changes of health make one Snapshot") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 1}})).has_value());
  core.controller.on_endpoints(kShop, kOld, two_endpoints());
  core.controller.on_endpoints(kShop, kNew, two_endpoints());
  core.controller.on_probe(kShop, kNew, two_endpoints()[0].address, false);
  core.controller.tick();
  REQUIRE(core.published.size() == 2);
  CHECK(core.published[1]->services[0]->clusters[1].healthy_count == 1);

  core.controller.tick();
  CHECK(core.published.size() == 2);
}

TEST_CASE("an endpoint that every worker ejects takes its cluster's share away, and shows") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 1}})).has_value());
  core.controller.on_endpoints(kShop, kOld, two_endpoints());
  core.controller.on_endpoints(kShop, kNew, two_endpoints());
  core.controller.tick();

  for (const SnapshotEndpoint& endpoint :
       *core.published.back()->services[0]->clusters[1].endpoints) {
    endpoint.cell->ejected_by = 1;
  }
  core.controller.tick();

  const ServiceView view = core.controller.service(kShop).value();
  CHECK(view.clusters[1].desired.ppm() == 500'000);
  CHECK(view.clusters[1].effective == Share{});
  CHECK(view.clusters[0].effective == Share::whole());
  CHECK(core.controller.endpoints(kShop)[2].ejected_by == 1);
  CHECK_FALSE(core.controller.endpoints(kShop)[2].in_use);
}

TEST_CASE("a raise by hand is published when the journal has it") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights({{kOld, 9}, {kNew, 1}});
  CHECK(core.answer == "none");
  CHECK(core.share("new") == Share{});
  CHECK(core.controller.versions().decided == core.controller.versions().published + 1);

  core.run_journal();

  CHECK(core.answer == "");
  CHECK(core.share("new").ppm() == 100'000);
  CHECK(std::holds_alternative<WeightsChanged>(core.events.back().what));
}

TEST_CASE("weights go back to where they were without waiting") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights({{kOld, 9}, {kNew, 1}});
  core.run_journal();
  core.set_weights({{kOld, 8}, {kNew, 2}});
  core.run_journal();

  core.set_weights({{kOld, 1}});

  CHECK(core.answer == "");
  CHECK(core.share("new") == Share{});
}

TEST_CASE("weights for another revision than the present one are refused") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights({{kNew, 1}}, 7);
  CHECK(core.answer == "the weights have changed since: they are at revision 1, not 7");
}

TEST_CASE("weights of clusters that do not exist, and of nobody, are refused") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights({{ClusterName::of("nowhere"), 1}});
  CHECK(core.answer == "service shop has no cluster nowhere");
  core.set_weights({{kOld, 0}});
  CHECK(core.answer != "");
  CHECK(core.posts.empty());
}

TEST_CASE("a cluster with a share cannot be removed by a reload, one without can") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  const auto refused = core.controller.configure(config_with({{"new", 1}}));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(refused.error().message ==
        "services.shop.clusters: old still has a share of the requests; give that to other "
        "clusters before it is removed");
  CHECK(core.share("old") == Share::whole());

  CHECK(core.controller.configure(config_with({{"old", 1}})).has_value());
}

TEST_CASE("a reload keeps shares and endpoints, and gives a new cluster no share") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 1}})).has_value());
  core.controller.on_endpoints(kShop, kNew, two_endpoints());
  core.controller.tick();

  REQUIRE(
      core.controller.configure(config_with({{"third", 5}, {"new", 7}, {"old", 1}})).has_value());

  CHECK(core.share("old").ppm() == 500'000);
  CHECK(core.share("new").ppm() == 500'000);
  CHECK(core.share("third") == Share{});
  CHECK(core.controller.service(kShop)->clusters[1].endpoints == 2);
}

TEST_CASE("sets that sources tell at once are in the first Snapshot of a reload") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}})).has_value());

  const auto ask = [&] { core.controller.on_endpoints(kShop, kNew, two_endpoints()); };
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}}), ask).has_value());

  REQUIRE(core.published.size() == 2);
  CHECK(core.published[1]->services[0]->clusters[1].endpoints->size() == 2);
}

TEST_CASE("a reload that is refused asks no source") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}})).has_value());
  CHECK(core.controller.configure(config_with({{"new", 1}}), [] { FAIL(); }).has_error());
}

TEST_CASE("a migration that rolls back publishes before it appends") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 9}, {"new", 1}})).has_value());
  MigrationSpec spec{MigrationName::of("move"), kShop, {{kNew, 1}}, Ramp::linear(1h)};
  core.controller.create_migration(spec, {"tester", "go"}, core.done());
  core.run_journal();
  REQUIRE(core.answer == "");
  REQUIRE(core.controller.service(kShop)->migration == MigrationName::of("move"));

  core.answer = "none";
  core.controller.command(MigrationName::of("move"), {Verb::kRollBack, {"tester", "back"}},
                          core.done());

  CHECK(core.answer == "");
  CHECK(core.share("new") == Share{});
  CHECK(core.controller.migration(MigrationName::of("move"))->stage == Stage::kRollingBack);
  core.run_journal();
  core.controller.on_adopted(core.controller.versions().published);
  CHECK(core.controller.migration(MigrationName::of("move"))->stage == Stage::kRolledBack);
}

TEST_CASE("a cluster that has no part in a migration cannot hold it back by its silence") {
  Core core;
  const auto config = config_with({{"old", 1}, {"new", 0}, {"spare", 0}});
  REQUIRE(core.controller.configure(config).has_value());
  core.controller.on_endpoints(kShop, kOld, two_endpoints());
  MigrationSpec spec{MigrationName::of("move"), kShop, {{kNew, 1}}, Ramp::linear(1h)};
  core.controller.create_migration(spec, {"tester", "go"}, core.done());
  core.run_journal();
  const auto reason = [&] {
    core.controller.tick();
    return core.controller.migration(MigrationName::of("move"))->verdict.because;
  };

  CHECK(reason() ==
        "the endpoints of cluster new are not known yet; GET /v1/services/shop says why");
  core.controller.on_endpoints(kShop, kNew, two_endpoints());

  CHECK(reason().starts_with("recording the baseline"));
}

TEST_CASE("a cluster that a migration needs cannot be removed by a reload") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  MigrationSpec spec{MigrationName::of("move"), kShop, {{kNew, 1}}, Ramp::linear(1h)};
  core.controller.create_migration(spec, {"tester", "go"}, core.done());
  core.run_journal();

  const auto refused = core.controller.configure(config_with({{"old", 1}}));

  REQUIRE(refused.has_error());
  CHECK(refused.error().message ==
        "services.shop.clusters.new is needed by migration move; keep it until that has ended");
}

TEST_CASE("a completion that comes after the core is gone is harmless") {
  std::vector<std::function<void()>> posts;
  StoppedClock clock;
  MemoryJournal journal{[&](std::function<void()> post) { posts.push_back(std::move(post)); }};
  {
    Controller controller{{journal, clock, [](auto) {}}};
    REQUIRE(controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
    controller.set_weights(kShop, {{kNew, 1}}, std::nullopt, {"tester", "x"},
                           [](const Result<Change>&) { FAIL(); });
  }
  for (const auto& post : posts) post();
}

}  // namespace crossfade
