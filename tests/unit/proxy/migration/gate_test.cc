#include <catch2/catch.hpp>

#include "tests/unit/proxy/migration/simulated_traffic.h"

namespace crossfade {
namespace {

using Kind = Verdict::Kind;

Evidence requests(std::uint64_t attempts) {
  return {.attempts = attempts, .endpoint_seconds = 2, .healthy_endpoints = 20};
}

Look look(Share share, Evidence of_old, Evidence of_new) {
  return {.elapsed = 1s, .old_side = of_old, .targets = {{share, of_new}}};
}

// A gate with a record of a healthy old and a fresh window.
GateState recorded() {
  GateState state;
  state.baseline = {
      .attempts = 1e6, .failures = 1000, .isolated = 1000, .slow = 1000, .endpoint_seconds = 1e5};
  state.window = 1min;
  return state;
}

const Share kTenth = Share::from_ppm(100'000);

}  // namespace

TEST_CASE("the gate holds until the baseline is recorded, then proceeds") {
  GateState state;
  CHECK(judge({}, state, look(Share{}, requests(600), {})).kind == Kind::kHold);
  CHECK(judge({}, state, look(Share{}, requests(600), {})).kind == Kind::kProceed);
}

TEST_CASE("where traffic is thin the baseline is as long as it may take") {
  GateState state;
  for (int second = 1; second < 30; ++second) {
    REQUIRE(judge({}, state, look(Share{}, requests(1), {})).kind == Kind::kHold);
  }
  CHECK(judge({}, state, look(Share{}, requests(1), {})).kind == Kind::kProceed);
}

TEST_CASE("after a restart the first verdict is hold until there is a fresh window") {
  GateState state = surviving(recorded());
  Look short_look = look(kTenth, requests(90), requests(10));
  short_look.elapsed = 50ms;
  for (int i = 0; i < 19; ++i) REQUIRE(judge({}, state, short_look).kind == Kind::kHold);
  CHECK(judge({}, state, short_look).kind == Kind::kProceed);
}

TEST_CASE("a checkpoint holds until every target has had enough requests") {
  GateState state = recorded();
  begin_checkpoint(state);
  const Verdict few = judge({}, state, look(kTenth, requests(100), requests(19)));
  CHECK(few.kind == Kind::kHold);
  CHECK(few.because.find("19 of 20") != std::string::npos);
  CHECK(judge({}, state, look(kTenth, requests(100), requests(1))).kind == Kind::kProceed);
}

TEST_CASE("few requests are never a reason to roll back") {
  GateState state = recorded();
  begin_checkpoint(state);
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(judge({}, state, look(kTenth, requests(10), {.healthy_endpoints = 1})).kind ==
            Kind::kHold);
  }
}

TEST_CASE("new without a healthy endpoint is rolled back at once") {
  GateState state = recorded();
  const Verdict verdict = judge({}, state, look(kTenth, requests(100), {}));
  CHECK(verdict.kind == Kind::kRollBack);
  CHECK(verdict.because == "no endpoint of new is healthy");
}

TEST_CASE("new without a share may be without endpoints") {
  GateState state = recorded();
  CHECK(judge({}, state, look(Share{}, requests(100), {})).kind == Kind::kProceed);
}

TEST_CASE("there is no way back to an old side without a healthy endpoint") {
  GateState state = recorded();
  CHECK(judge({}, state, look(kTenth, {}, {})).kind == Kind::kHold);
}

TEST_CASE("the harm budget rolls back whatever the tests say") {
  GateState state = recorded();
  GateSettings settings;
  settings.harm_max = 10;
  settings.alpha = 1e-12;
  Evidence failing = requests(1000);
  failing.failures = 20;
  failing.failure_events = 1;
  const Verdict verdict = judge(settings, state, look(kTenth, requests(9000), failing));
  CHECK(verdict.kind == Kind::kRollBack);
  CHECK(verdict.harmed >= 10);
}

TEST_CASE("good times earn no credit against the harm budget") {
  GateState state = recorded();
  for (int i = 0; i < 1000; ++i) judge({}, state, look(kTenth, requests(9000), requests(1000)));
  CHECK(state.harmed == 0);
}

TEST_CASE("a verdict carries the counts and the test behind it") {
  GateState state = recorded();
  Evidence failing = requests(100);
  failing.failures = 50;
  failing.failure_events = 15;
  Evidence fine = requests(900);
  fine.failures = 1;
  fine.failure_events = 1;
  const Verdict verdict = judge({}, state, look(kTenth, fine, failing));
  REQUIRE(verdict.kind == Kind::kRollBack);
  CHECK(verdict.statistic >= verdict.threshold);
  CHECK(verdict.because.find(verdict.test) == 0);
  CHECK(verdict.new_attempts == 100);
  CHECK(verdict.new_failures == 50);
  CHECK(verdict.old_attempts == 900);
  CHECK(verdict.old_failures == 1);
}

TEST_CASE("one failing target of two is found and named") {
  GateState state = recorded();
  Evidence failing = requests(100);
  failing.failures = 50;
  failing.failure_events = 15;
  Look two = look(kTenth, requests(800), requests(100));
  two.targets.push_back({kTenth, failing});
  const Verdict verdict = judge({}, state, two);
  CHECK(verdict.kind == Kind::kRollBack);
  CHECK(verdict.target == 1);
}

TEST_CASE("slow answers alone roll back") {
  GateState state = recorded();
  Verdict verdict;
  for (int i = 0; i < 3; ++i) {
    Evidence slow = requests(100);
    slow.slow = 100;
    verdict = judge({}, state, look(kTenth, requests(900), slow));
  }
  CHECK(verdict.kind == Kind::kRollBack);
  CHECK(verdict.test.find("slow") == 0);
}

TEST_CASE("a fault that both sides share holds and does not roll back") {
  SimulatedMigration migration{11, 1000, {}, {}};
  migration.record(600, 1);
  REQUIRE_FALSE(migration.rolls_back_within(60, 0.5, 0.1));
  migration.old_cluster().model().failing = 1;
  migration.new_cluster().model().failing = 1;
  CHECK_FALSE(migration.rolls_back_within(20, 0.5, 0.1));
}

TEST_CASE("what outlives a restart is the record, the time judged and the harm") {
  GateState state = recorded();
  state.harmed = 3;
  judge({}, state, look(kTenth, requests(900), requests(100)));
  const GateState kept = surviving(state);
  CHECK(kept.baseline == state.baseline);
  CHECK(kept.judged_time == 1s);
  CHECK(kept.harmed == state.harmed);
  CHECK(kept.targets.empty());
  CHECK(kept.window == 0s);
}

}  // namespace crossfade
