#include "discovery/catalog.h"

#include <catch2/catch.hpp>

#include "tests/unit/discovery/sets.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return {}; }
  void advance(Duration time) { now_ += time; }

 private:
  Instant now_ = Instant{} + 1h;
};

// What the test says, the source reports.
struct Wire {
  Source::Report report;
  int started = 0;
  int stopped = 0;
};

class FakeSource final : public Source {
 public:
  explicit FakeSource(Wire& wire) : wire_{wire} {}
  ~FakeSource() override { ++wire_.stopped; }
  void start(Report report) override {
    ++wire_.started;
    wire_.report = std::move(report);
  }
  std::string describe() const override { return "fake"; }

 private:
  Wire& wire_;
};

// One catalog whose file sources are wires by path; DNS sources cannot be made; static ones are
// wires too.
struct World {
  FakeClock clock;
  std::map<std::string, Wire> wires;
  std::vector<std::string> events;
  Catalog catalog{
      clock,
      [this](const SourceConfig& config) { return make(config); },
      {.accepted =
           [this](const ServiceName& service, const ClusterName& cluster, const EndpointSet& set) {
             events.push_back(service.str() + "/" + cluster.str() + "=" +
                              std::to_string(set.size()));
           },
       .freshness_changed =
           [this](const CatalogEntry& entry) {
             events.push_back(std::string(to_string(entry.freshness)));
           }}};

  Result<std::unique_ptr<Source>> make(const SourceConfig& config) {
    if (const auto* file = std::get_if<FileSource>(&config)) {
      return std::make_unique<FakeSource>(wires[file->path]);
    }
    if (std::holds_alternative<StaticSource>(config)) {
      return std::make_unique<FakeSource>(wires["static"]);
    }
    return Error{ErrorCode::kUnavailable, Side::kSelf, Retry::kNever, "no resolver"};
  }

  void configure(std::vector<std::pair<const char*, SourceConfig>> clusters,
                 double loss_max = 0.5) {
    auto service = std::make_shared<ServiceConfig>();
    service->name = ServiceName::of("s");
    for (const auto& [name, source] : clusters) {
      service->clusters.push_back({ClusterName::of(name), 1, source, loss_max});
    }
    Config config;
    config.services.push_back(std::move(service));
    catalog.configure(config);
  }

  void say(const std::string& path, SourceReport report) {
    wires.at(path).report(std::move(report));
  }
  const CatalogEntry& entry(const char* cluster) {
    return *catalog.find(ServiceName::of("s"), ClusterName::of(cluster));
  }
  std::vector<std::string> take_events() { return std::exchange(events, {}); }
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("a report is accepted, announced and fresh") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  CHECK(world.entry("old").freshness == Freshness::kWaiting);

  world.say("a", says(first(3)));
  CHECK(world.take_events() == Events{"s/old=3", "fresh"});
  const CatalogEntry& entry = world.entry("old");
  CHECK(entry.set.accepted == first(3));
  CHECK(entry.source == "fake");
  CHECK(entry.revision == 1);
  CHECK(entry.reason.empty());
  CHECK(entry.staleness(world.clock.now()) == 0s);
}

TEST_CASE("the same set said again is no news") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(3)));
  world.take_events();
  world.clock.advance(10s);

  world.say("a", says(first(3)));
  CHECK(world.take_events().empty());
  CHECK(world.entry("old").revision == 1);
  CHECK(world.entry("old").reported_at == world.clock.now());
}

TEST_CASE("an empty first set is announced") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says({}));

  CHECK(world.take_events() == Events{"s/old=0", "fresh"});
}

TEST_CASE("a source that cannot be asked leaves its set and becomes stale") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(3)));
  world.clock.advance(10s);
  world.say("a", unreachable());
  world.clock.advance(5s);
  world.say("a", unreachable());
  world.clock.advance(2s);

  const CatalogEntry& entry = world.entry("old");
  CHECK(entry.set.accepted == first(3));
  CHECK(entry.freshness == Freshness::kStale);
  CHECK(entry.reason == "timed out");
  CHECK(entry.staleness(world.clock.now()) == 7s);

  world.say("a", says(first(3)));
  CHECK(entry.freshness == Freshness::kFresh);
  CHECK(entry.reason.empty());
}

TEST_CASE("a refused set shows why and is adopted by a tick after its hold") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(10)));
  world.say("a", says(first(1)));
  CHECK(world.entry("old").freshness == Freshness::kRefused);
  CHECK(world.entry("old").reason == "would lose 9 of 10 ready endpoints");
  CHECK(world.entry("old").refused_size == 1);
  world.take_events();

  world.catalog.tick(world.clock.now() + limits::kLossHold - 1ms);
  CHECK(world.take_events().empty());
  world.catalog.tick(world.clock.now() + limits::kLossHold);
  CHECK(world.take_events() == Events{"s/old=1", "fresh"});
  CHECK(world.entry("old").refused_size == 0);
}

TEST_CASE("an operator accepts a refused set, and only that") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(10)));
  const auto s = ServiceName::of("s");
  CHECK(world.catalog.accept(s, ClusterName::of("nobody")).error().code == ErrorCode::kNotFound);
  CHECK(world.catalog.accept(s, ClusterName::of("old")).error().code == ErrorCode::kConflict);

  world.say("a", gone());
  CHECK(world.entry("old").set.accepted == first(10));
  REQUIRE(world.catalog.accept(s, ClusterName::of("old")).has_value());
  CHECK(world.entry("old").set.accepted.empty());
  CHECK(world.entry("old").freshness == Freshness::kFresh);
}

TEST_CASE("a static set may shrink to nothing at once") {
  World world;
  world.configure({{"old", StaticSource{}}});
  world.say("static", says(first(10)));
  world.say("static", says({}));

  CHECK(world.entry("old").set.accepted.empty());
}

TEST_CASE("a source that cannot be made is stale with the reason") {
  World world;
  world.configure({{"old", DnsSource{}}});

  CHECK(world.entry("old").freshness == Freshness::kStale);
  CHECK(world.entry("old").reason == "no resolver");
}

TEST_CASE("a set over the limit is stale with the reason") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(1)));
  world.say("a", says(EndpointSet(limits::kEndpointsPerSetMax + 1)));

  CHECK(world.entry("old").freshness == Freshness::kStale);
  CHECK(world.entry("old").reason == "more endpoints than one set may hold");
  CHECK(world.entry("old").set.accepted == first(1));
}

TEST_CASE("a reload keeps unchanged sources running") {
  World world;
  world.configure({{"old", FileSource{"a"}}, {"new", FileSource{"b"}}});
  world.say("a", says(first(3)));
  world.say("b", says(first(4)));
  world.take_events();

  world.configure({{"old", FileSource{"a"}}, {"third", FileSource{"c"}}});
  CHECK(world.wires["a"].started == 1);
  CHECK(world.wires["a"].stopped == 0);
  CHECK(world.wires["b"].stopped == 1);
  CHECK(world.wires["c"].started == 1);
  CHECK(world.take_events().empty());
  CHECK(world.catalog.find(ServiceName::of("s"), ClusterName::of("new")) == nullptr);
  CHECK(world.catalog.entries().size() == 2);
}

TEST_CASE(
    "a reload that changes a source keeps its set until the new one answers, under the guard") {
  World world;
  world.configure({{"old", FileSource{"a"}}});
  world.say("a", says(first(10)));
  world.say("a", says(first(1)));
  world.take_events();

  world.configure({{"old", FileSource{"b"}}});
  CHECK(world.wires["a"].stopped == 1);
  CHECK(world.entry("old").freshness == Freshness::kWaiting);
  CHECK(world.entry("old").set.accepted == first(10));
  world.catalog.tick(world.clock.now() + 1h);
  CHECK(world.entry("old").set.accepted == first(10));

  world.say("b", says(first(2)));
  CHECK(world.entry("old").freshness == Freshness::kRefused);
  world.say("b", says(first(9)));
  CHECK(world.entry("old").set.accepted == first(9));
}

TEST_CASE("a reload that changes only the guard keeps the source and uses the new guard") {
  World world;
  world.configure({{"old", FileSource{"a"}}}, 0.5);
  world.say("a", says(first(10)));
  world.configure({{"old", FileSource{"a"}}}, 0.9);

  CHECK(world.wires["a"].started == 1);
  world.say("a", says(first(1)));
  CHECK(world.entry("old").set.accepted == first(1));
}
