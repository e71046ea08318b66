#include <catch2/catch.hpp>

#include "tests/sim/simulation.h"

namespace crossfade {

namespace {

constexpr std::uint32_t kPercent = 10'000;  // parts per million

// The baseline is recorded and a linear ramp of this length is over.
constexpr Duration kRecord = 31s;

}  // namespace

TEST_CASE("a healthy migration ends with everything on new") {
  Simulation sim{Seed{1}};
  sim.start_migration("playlist", Ramp::linear(60s, 5s));

  sim.advance(kRecord + 120s);

  CHECK(sim.migration().stage == Stage::kSucceeded);
  CHECK(sim.published_share("playlist") == Share::whole());
  CHECK(sim.journaled_share("playlist") == Share::whole());
  CHECK(sim.broken() == "");
}

TEST_CASE("a crash after the append resumes at the journaled share") {
  Simulation sim{Seed{7}};
  sim.start_migration("playlist", Ramp::linear(1h));
  sim.advance(30min);

  sim.kill_control_at(Door::kAppendJournal);
  sim.advance(2min);
  REQUIRE_FALSE(sim.is_running());
  sim.restart_control();

  CHECK(sim.published_share("playlist").ppm() > 40 * kPercent);
  CHECK(sim.published_share("playlist") == sim.journaled_share("playlist"));
  CHECK(sim.verdict() == Verdict::Kind::kHold);  // no fresh window yet
  CHECK(sim.broken() == "");
}

TEST_CASE("after a restart the ramp goes on without a jump") {
  Simulation sim{Seed{8}};
  sim.start_migration("playlist", Ramp::linear(1h));
  sim.advance(30min);
  const Share before = sim.published_share("playlist");

  sim.kill();
  sim.advance(20min);  // nobody home
  sim.restart_control();
  sim.advance(1min);

  CHECK(sim.published_share("playlist") > before);
  CHECK(sim.published_share("playlist").ppm() < before.ppm() + 3 * kPercent);
  CHECK(sim.broken() == "");
}

TEST_CASE("a new cluster that fails is rolled back to zero before many requests were harmed") {
  Simulation sim{Seed{2}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);
  REQUIRE(sim.published_share("playlist").ppm() > 10 * kPercent);

  sim.set_weather("new", {.failing = 1});
  sim.advance(10s);

  CHECK(sim.migration().stage == Stage::kRolledBack);
  CHECK(sim.published_share("playlist") == Share{});
  CHECK(sim.failed("new") < 100);
  CHECK(sim.broken() == "");
}

TEST_CASE(
    "a new cluster that fails for the last keys to come is rolled back from the end of the ramp") {
  Simulation sim{Seed{3}};
  sim.start_migration("playlist", Ramp::linear(5min, 1min));
  sim.set_weather("new", {.failing = 1, .failing_below = Share::kWhole / 20});

  sim.advance(kRecord + 8min);

  CHECK(sim.migration().stage == Stage::kRolledBack);
  CHECK(sim.published_share("playlist") == Share{});
}

TEST_CASE("a new cluster that answers slowly is rolled back") {
  Simulation sim{Seed{4}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);

  sim.set_weather("new", {.slow = 0.5});
  sim.advance(1min);

  CHECK(sim.migration().stage == Stage::kRolledBack);
}

TEST_CASE("a journal that hangs stops a ramp and does not stop a rollback") {
  Simulation sim{Seed{5}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);
  const Share before = sim.published_share("playlist");

  sim.set_journal(FakeJournal::Mode::kHanging);
  sim.advance(5min);
  CHECK(sim.published_share("playlist").ppm() <= before.ppm() + kPercent);
  sim.set_weather("new", {.failing = 1});
  sim.advance(10s);
  CHECK(sim.published_share("playlist") == Share{});
  CHECK(sim.migration().stage == Stage::kRollingBack);  // until the journal has it

  sim.set_journal(FakeJournal::Mode::kFast);
  sim.advance(2s);
  CHECK(sim.migration().stage == Stage::kRolledBack);
  CHECK(sim.journaled_share("playlist") == Share{});
}

TEST_CASE("a source of new that empties for a moment does not move anybody") {
  Simulation sim{Seed{6}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);
  const EndpointSet set = sim.source("playlist", "new").said.endpoints;

  sim.say("playlist", "new", {.kind = SourceReport::Kind::kSet});
  sim.advance(5s);
  sim.say("playlist", "new", {.kind = SourceReport::Kind::kSet, .endpoints = set});
  sim.advance(5s);

  CHECK(sim.migration().stage == Stage::kShifting);
  CHECK(sim.published_share("playlist").ppm() > 10 * kPercent);
}

TEST_CASE("new is rolled back at once when none of its endpoints is healthy") {
  Simulation sim{Seed{9}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);

  for (std::size_t endpoint = 0; endpoint < 4; ++endpoint)
    sim.probe("playlist", "new", endpoint, false);
  sim.advance(200ms);

  CHECK(sim.published_share("playlist") == Share{});
}

TEST_CASE("weights raised by hand wait for the journal, and return without it") {
  Simulation sim{Seed{10}};
  sim.set_journal(FakeJournal::Mode::kHanging);
  const auto raised =
      sim.set_weights("playlist", {{ClusterName::of("old"), 90}, {ClusterName::of("new"), 10}});
  sim.advance(1s);
  CHECK_FALSE(raised->has_value());
  CHECK(sim.published_share("playlist") == Share{});

  sim.set_journal(FakeJournal::Mode::kFast);
  sim.advance(1s);
  CHECK(*raised == "");
  CHECK(sim.published_share("playlist") == Share::from_ppm(10 * kPercent));

  sim.set_journal(FakeJournal::Mode::kFailing);
  const auto returned = sim.set_weights("playlist", {{ClusterName::of("old"), 1}});
  CHECK(*returned == "");
  CHECK(sim.published_share("playlist") == Share{});
  sim.set_journal(FakeJournal::Mode::kFast);
  sim.advance(5s);
  CHECK(sim.journaled_share("playlist") == Share{});
}

TEST_CASE("while a migration holds a service its weights cannot be set by hand") {
  Simulation sim{Seed{11}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(1s);

  const auto answer = sim.set_weights("playlist", {{ClusterName::of("new"), 1}});

  CHECK(*answer == "migration move holds the service; abort or finish that first");
}

TEST_CASE("a reload that reorders clusters moves nobody") {
  Simulation sim{Seed{12}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord + 2min);
  const Share before = sim.published_share("playlist");

  sim.reload();

  CHECK(sim.published_share("playlist") == before);
  sim.advance(10min);
  CHECK(sim.migration().stage == Stage::kSucceeded);
  CHECK(sim.broken() == "");
}

TEST_CASE("two targets share a ramp in their proportion") {
  Simulation sim{Seed{13}};
  sim.start_migration("playlist", Ramp::linear(60s),
                      {{ClusterName::of("new"), 3}, {ClusterName::of("third"), 1}});
  sim.advance(kRecord + 120s);

  CHECK(sim.published_share("playlist", "new") == Share::from_ppm(75 * kPercent));
  CHECK(sim.published_share("playlist", "third") == Share::from_ppm(25 * kPercent));
  CHECK(sim.broken() == "");
}

TEST_CASE("a promotion is answered when the journal has it") {
  Simulation sim{Seed{14}};
  sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(kRecord);
  sim.set_journal(FakeJournal::Mode::kHanging);

  const auto promoted = sim.command(Verb::kPromoteFull);
  sim.advance(1s);
  CHECK_FALSE(promoted->has_value());
  sim.set_journal(FakeJournal::Mode::kFast);
  sim.advance(1s);

  CHECK(*promoted == "");
  CHECK(sim.published_share("playlist") == Share::whole());
}

TEST_CASE("a migration that the journal refuses has not begun") {
  Simulation sim{Seed{15}};
  sim.set_journal(FakeJournal::Mode::kFailing);

  const auto answer = sim.start_migration("playlist", Ramp::linear(10min));
  sim.advance(1s);
  CHECK(*answer == "the disk is full");
  CHECK_FALSE(sim.has_migration());

  sim.set_journal(FakeJournal::Mode::kFast);
  CHECK(sim.published_share("playlist") == Share{});
}

}  // namespace crossfade
