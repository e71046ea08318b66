#include <algorithm>

#include <catch2/catch.hpp>

#include "proxy/migration/migration.h"

namespace crossfade {
namespace {

ClusterName cluster(const char* name) {
  return ClusterName::of(name);
}

ServiceConfig service() {
  ServiceConfig config;
  config.name = ServiceName::of("playlist");
  for (const char* name : {"old", "older", "new", "newer", "newest"}) {
    ClusterConfig one;
    one.name = cluster(name);
    config.clusters.push_back(std::move(one));
  }
  return config;
}

MigrationSpec spec() {
  return {.name = MigrationName::of("move"),
          .service = ServiceName::of("playlist"),
          .targets = {{cluster("new"), 3}, {cluster("newer"), 3}, {cluster("newest"), 1}},
          .ramp = Ramp::linear(1h)};
}

std::string first_error(const MigrationSpec& wrong) {
  const auto errors = validate_spec(wrong, service());
  return errors.empty() ? "none" : errors[0].pointer;
}

}  // namespace

TEST_CASE("a spec in order has no errors") {
  CHECK(validate_spec(spec(), service()).empty());
}

TEST_CASE("what is wrong with a spec is named by its place") {
  MigrationSpec wrong = spec();
  wrong.targets.clear();
  CHECK(first_error(wrong) == "/targets");
  wrong = spec();
  wrong.targets[1].cluster = cluster("nowhere");
  CHECK(first_error(wrong) == "/targets/1/cluster");
  wrong = spec();
  wrong.targets[2].cluster = cluster("new");
  CHECK(first_error(wrong) == "/targets/2/cluster");
  wrong = spec();
  wrong.targets[0].proportion = 0;
  CHECK(first_error(wrong) == "/targets/0/proportion");
  wrong = spec();
  wrong.targets.push_back({cluster("old"), 1});
  wrong.targets.push_back({cluster("older"), 1});
  CHECK(first_error(wrong) == "/targets");
  wrong = spec();
  wrong.ramp.duration = 0s;
  CHECK(first_error(wrong) == "/ramp/duration");
  wrong = spec();
  wrong.gate.alpha = 0;
  CHECK(first_error(wrong) == "/gate/alpha");
  wrong = spec();
  wrong.gate.failures.ratio = 0.5;
  CHECK(first_error(wrong) == "/gate/failures/ratio");
}

TEST_CASE("all errors of a spec are named at once") {
  MigrationSpec wrong = spec();
  wrong.targets[0].proportion = 0;
  wrong.ramp.duration = 0s;
  wrong.gate.harm_max = 0;
  CHECK(validate_spec(wrong, service()).size() == 3);
}

TEST_CASE("shares add up to the whole, and no target shrinks while the total grows") {
  Migration migration;
  migration.spec = spec();
  migration.sources = {{cluster("old"), Share::from_ppm(700'001)},
                       {cluster("older"), Share::from_ppm(299'999)}};
  std::vector<ClusterShare> before = shares_at(migration, Share{});
  CHECK(before[3].share == Share::from_ppm(700'001));
  for (std::uint32_t ppm = 0; ppm <= Share::kWhole; ppm += ppm < 999'900 ? 97 : 1) {
    const std::vector<ClusterShare> shares = shares_at(migration, Share::from_ppm(ppm));
    std::uint32_t sum = 0;
    for (const ClusterShare& share : shares) sum += share.share.ppm();
    REQUIRE(sum == Share::kWhole);
    for (std::size_t i = 0; i < 3; ++i) REQUIRE(shares[i].share >= before[i].share);
    before = shares;
  }
  CHECK(shares_at(migration, Share::whole())[3].share == Share{});
  CHECK(shares_at(migration, Share::whole())[4].share == Share{});
}

TEST_CASE("a condition's transition is the last change of its status") {
  Migration migration;
  const auto at = [](int ms) { return WallTime{std::chrono::milliseconds{ms}}; };
  set_condition(migration, {"Healthy", true, "NoHarmSeen", "a", at(1)});
  set_condition(migration, {"Healthy", true, "NoHarmSeen", "b", at(2)});
  CHECK(find_condition(migration, "Healthy")->last_transition == at(1));
  CHECK(find_condition(migration, "Healthy")->message == "b");
  set_condition(migration, {"Healthy", false, "Harm", "c", at(3)});
  CHECK(find_condition(migration, "Healthy")->last_transition == at(3));
  CHECK(migration.conditions.size() == 1);
}

}  // namespace crossfade
