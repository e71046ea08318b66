// Everything that can go wrong, in an order drawn from a seed. More seeds: CROSSFADE_SIM_SEEDS=5000
// ./sim "[random]". One seed again, with its last events: CROSSFADE_SIM_SEED=77 ./sim "[random]".

#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/sim/simulation.h"

namespace crossfade {

namespace {

constexpr std::array<std::string_view, 2> kServices = {"playlist", "catalog"};
constexpr std::array<std::string_view, 3> kClusters = {"old", "new", "third"};

class Chaos {
 public:
  explicit Chaos(Seed seed) : sim_{seed}, random_{seed.value ^ 0x5eed} {}

  // What broke; empty when nothing did.
  std::string run(Duration duration) {
    for (Duration passed = 0s; passed < duration && sim_.broken().empty();
         passed += Simulation::kTick) {
      if (random_.below(30) == 0) act();
      sim_.advance(Simulation::kTick);
    }
    return sim_.broken();
  }
  std::string last_events() const { return sim_.last_events(); }
  const Simulation& simulation() const { return sim_; }

 private:
  void act() {
    if (!sim_.is_running()) return sim_.restart_control();
    switch (random_.below(10)) {
      case 0: return sim_.set_journal(static_cast<FakeJournal::Mode>(random_.below(4)));
      case 1: return sim_.set_journal(FakeJournal::Mode::kFast);
      case 2: return change_weather();
      case 3: return change_source();
      case 4:
        return sim_.probe(one_of(kServices), one_of(kClusters), random_.below(4),
                          random_.below(3) > 0);
      case 5: return change_time();
      case 6: return kill();
      case 7: return command();
      case 8: return set_weights();
      default: return move();
    }
  }

  void change_weather() {
    Weather weather;
    switch (random_.below(6)) {
      case 0: weather.failing = 1; break;
      case 1: weather.failing = 0.05; break;
      case 2: weather.slow = 0.5; break;
      case 3: weather = {.failing = 1, .failing_below = random_.below(Share::kWhole / 4)}; break;
      default: weather.failing = 0.001; break;
    }
    sim_.set_weather(one_of(kClusters), weather);
  }

  void change_source() {
    const auto service = one_of(kServices);
    const auto cluster = one_of(kClusters);
    SourceModel& source = sim_.source(service, cluster);
    SourceReport report = source.said;
    report.kind = static_cast<SourceReport::Kind>(random_.below(3));
    const std::uint32_t network = 1 + random_.below(6);
    if (random_.below(2) == 0) report.endpoints.clear();
    for (std::uint32_t i = 1; random_.below(4) > 0 && i <= 6; ++i) {
      const Address address = Address::from_v4(0x0a000000 + (network << 8) + i, 80);
      const auto found =
          std::ranges::lower_bound(report.endpoints, address, {}, &Endpoint::address);
      if (found != report.endpoints.end() && found->address == address) continue;
      report.endpoints.insert(found, Endpoint{.address = address, .ready = random_.below(5) > 0});
    }
    sim_.say(service, cluster, std::move(report));
  }

  void change_time() {
    if (random_.below(2) == 0)
      return sim_.step_wall_clock(std::chrono::milliseconds{random_.below(7'200'000)} - 1h);
    sim_.set_lateness(random_.below(3000) * 1ms);
  }

  void kill() {
    switch (random_.below(4)) {
      case 0: return sim_.kill_control_at(Door::kAppendJournal);
      case 1: return sim_.kill_control_at(Door::kPublish);
      case 2: return sim_.kill();
      default: return sim_.reload();
    }
  }

  void command() {
    if (!sim_.has_migration()) return;
    constexpr std::array verbs = {Verb::kPause,       Verb::kResume,      Verb::kResume,
                                  Verb::kPromoteStep, Verb::kPromoteStep, Verb::kPromoteFull,
                                  Verb::kAbort,       Verb::kRollBack};
    sim_.command(one_of(verbs));
  }

  void set_weights() {
    Controller::Weights weights;
    for (const auto cluster : kClusters) weights[ClusterName::of(cluster)] = random_.below(101);
    sim_.set_weights(one_of(kServices), std::move(weights));
  }

  // A migration when there is none; the end of one makes room for the next.
  void move() {
    if (sim_.has_migration()) {
      sim_.delete_migration();
      return;
    }
    // From where no cluster is favoured, so that the migration may begin.
    sim_.set_weights("playlist", {{ClusterName::of("old"), 1}});
    sim_.advance(300ms);
    if (!sim_.is_running()) return;
    std::vector<MigrationTarget> targets = {{ClusterName::of("new"), 1 + random_.below(3)}};
    if (random_.below(3) == 0) targets.push_back({ClusterName::of("third"), 1});
    sim_.start_migration("playlist", random_ramp(), std::move(targets));
  }

  Ramp random_ramp() {
    const Duration duration = (1 + random_.below(60)) * 1s;
    switch (random_.below(3)) {
      case 0: return Ramp::linear(duration, 2s);
      case 1: return Ramp::exponential(Share::from_ppm(10'000), duration, 2s);
      default: break;
    }
    return Ramp::in_steps(
        {{Share::from_ppm(10'000), 3s}, {Share::from_ppm(250'000), 3s}, {Share::whole(), 3s}});
  }

  template <class T, std::size_t kSize>
  const T& one_of(const std::array<T, kSize>& all) {
    return all[random_.below(kSize)];
  }

  Simulation sim_;
  Random random_;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr Duration kRun = 120s;

void run_seeds(std::uint64_t first, std::uint64_t count) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Chaos chaos{Seed{seed}};
    const std::string broken = chaos.run(kRun);
    INFO("seed " << seed << ", last events:\n" << chaos.last_events());
    REQUIRE(broken == "");
    for (const auto& [what, count_of_it] : chaos.simulation().stages_seen())
      seen[what] += count_of_it;
  }
  // Runs in which nothing happens prove nothing.
  for (const char* stage : {"RollingBack", "RolledBack", "Aborted", "Succeeded"}) {
    std::cout << stage << ": " << seen[stage] << "\n";
    if (count >= 100) CHECK(seen[stage] > 0);
  }
}

}  // namespace

TEST_CASE("no sequence of faults breaks an invariant", "[random]") {
  if (std::getenv("CROSSFADE_SIM_SEED") != nullptr) {
    const std::uint64_t seed = number_from("CROSSFADE_SIM_SEED", 0);
    Chaos chaos{Seed{seed}};
    const std::string broken = chaos.run(kRun);
    std::cout << "seed " << seed << "\n" << chaos.last_events();
    CHECK(broken == "");
    return;
  }
  const std::uint64_t first = number_from("CROSSFADE_SIM_FIRST_SEED", 1);
  const std::uint64_t count = number_from("CROSSFADE_SIM_SEEDS", 300);
  std::cout << "seeds " << first << " to " << first + count - 1 << "\n";
  run_seeds(first, count);
}

}  // namespace crossfade
