#include "discovery/reconcile.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "config/base/random.h"
#include "tests/unit/discovery/sets.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

const LossGuard kGuard{.loss_max = 0.5, .hold = 30s};
const Instant kStart = Instant{} + 1h;

Reconciled kept(std::uint32_t count) {
  return reconcile({}, says(first(count)), kGuard, kStart);
}

}  // namespace

TEST_CASE("the first set is accepted whatever it is") {
  CHECK(kept(3).accepted == first(3));
  CHECK(kept(0).was_accepted);
  CHECK(kept(0).accepted.empty());
  CHECK(reconcile({}, gone(), kGuard, kStart).was_accepted);
  CHECK_FALSE(reconcile({}, unreachable(), kGuard, kStart).was_accepted);
}

TEST_CASE("an accepted set is sorted and has no address twice") {
  auto twice = set_of({3, 1, 2, 1});
  twice[1].ready = false;

  const auto accepted = reconcile({}, says(twice), kGuard, kStart).accepted;
  CHECK(accepted == set_of({1, 2, 3}));  // the ready one of both counts
  std::reverse(twice.begin(), twice.end());
  CHECK(reconcile({}, says(twice), kGuard, kStart).accepted == accepted);
}

TEST_CASE("growth and a loss within the guard are accepted at once") {
  CHECK(reconcile(kept(10), says(first(1000)), kGuard, kStart).accepted == first(1000));
  CHECK(reconcile(kept(10), says(first(5)), kGuard, kStart).accepted == first(5));
  CHECK(reconcile(kept(2), says(first(1)), kGuard, kStart).accepted == first(1));
}

TEST_CASE("a rollout that replaces every address loses nobody") {
  CHECK(reconcile(kept(3), says(set_of({11, 12, 13})), kGuard, kStart).accepted ==
        set_of({11, 12, 13}));
}

TEST_CASE("a loss over the guard is refused and the kept set stays") {
  const auto after = reconcile(kept(10), says(first(4)), kGuard, kStart);

  CHECK(after.accepted == first(10));
  REQUIRE(after.refused);
  CHECK(after.refused->endpoints == first(4));
  CHECK(after.refused->reason == "would lose 6 of 10 ready endpoints");
}

TEST_CASE("endpoints that are all not ready are as lost as absent ones") {
  auto unready = first(10);
  for (Endpoint& endpoint : unready) endpoint.ready = false;

  const auto after = reconcile(kept(10), says(unready), kGuard, kStart);
  CHECK(after.accepted == first(10));
  CHECK(after.refused);
}

TEST_CASE("empty and gone are refused even for the only endpoint") {
  CHECK(reconcile(kept(1), says({}), kGuard, kStart).accepted == first(1));

  const auto after = reconcile(kept(10), gone(), kGuard, kStart);
  CHECK(after.accepted == first(10));
  REQUIRE(after.refused);
  CHECK(after.refused->reason == "gone: no such name; would lose 10 of 10 ready endpoints");
}

TEST_CASE("a guard of 100% consents to everything at once") {
  CHECK(reconcile(kept(10), says({}), {.loss_max = 1}, kStart).accepted.empty());
}

TEST_CASE("a guard of 0% refuses the smallest loss") {
  CHECK(reconcile(kept(10), says(first(9)), {.loss_max = 0}, kStart).refused);
  CHECK_FALSE(reconcile(kept(10), says(first(10)), {.loss_max = 0}, kStart).refused);
}

TEST_CASE("a refused set that stands for the hold is accepted") {
  auto state = reconcile(kept(10), says(first(2)), kGuard, kStart);

  state = settle(state, kGuard, kStart + 30s - 1ns);
  CHECK(state.accepted == first(10));
  state = settle(state, kGuard, kStart + 30s);
  CHECK(state.accepted == first(2));
  CHECK_FALSE(state.refused);
}

TEST_CASE("the same reduced set said again keeps its hold, another one starts anew") {
  auto state = reconcile(kept(10), says(first(2)), kGuard, kStart);
  state = reconcile(state, says(first(2)), kGuard, kStart + 20s);
  CHECK(state.refused->since == kStart);

  state = reconcile(state, says(first(3)), kGuard, kStart + 25s);
  CHECK(state.refused->since == kStart + 25s);
  CHECK(settle(state, kGuard, kStart + 30s).accepted == first(10));
  CHECK(reconcile(state, says(first(3)), kGuard, kStart + 55s).accepted == first(3));
}

TEST_CASE("a source that recovers within the hold has lost nothing") {
  auto state = reconcile(kept(10), says({}), kGuard, kStart);
  state = reconcile(state, says(first(10)), kGuard, kStart + 10s);

  CHECK_FALSE(state.refused);
  CHECK(settle(state, kGuard, kStart + 60s).accepted == first(10));
}

TEST_CASE("a source that cannot be asked changes nothing and confirms nothing") {
  auto state = reconcile(kept(10), says(first(2)), kGuard, kStart);
  state = reconcile(state, unreachable(), kGuard, kStart + 10s);

  CHECK(state.accepted == first(10));
  CHECK(settle(state, kGuard, kStart + 60s).accepted == first(10));
  state = reconcile(state, says(first(2)), kGuard, kStart + 61s);
  CHECK(state.refused->since == kStart + 61s);
}

TEST_CASE("many small losses in a row count as the large one they are") {
  auto state = reconcile(kept(10), says(first(6)), kGuard, kStart + 1s);
  CHECK(state.accepted == first(6));

  const auto soon = reconcile(state, says(first(4)), kGuard, kStart + 2s);
  CHECK(soon.refused);
  const auto later = reconcile(state, says(first(4)), kGuard, kStart + 40s);
  CHECK(later.accepted == first(4));
}

TEST_CASE("a slow decline is followed") {
  auto state = kept(100);
  for (std::uint32_t left = 99; left >= 20; --left) {
    state = reconcile(state, says(first(left)), kGuard, kStart + 3s * (100 - left));
    CHECK(state.accepted == first(left));
  }
  CHECK(state.before.size() <= 11);
}

TEST_CASE("an operator accepts what the guard refused") {
  auto state = reconcile(kept(10), says({}), kGuard, kStart);
  state = accept_refused(state);
  CHECK(state.accepted.empty());

  state = reconcile(kept(10), says(first(2)), kGuard, kStart);
  state = accept_refused(state);
  CHECK(state.accepted == first(2));
  CHECK(reconcile(state, says(first(1)), kGuard, kStart + 2s).accepted ==
        first(1));  // of 2, not of 10
  CHECK(accept_refused(kept(3)).accepted == first(3));
}

TEST_CASE("a set over the limit is accepted by nobody") {
  const auto huge = says(EndpointSet(limits::kEndpointsPerSetMax + 1));

  CHECK(is_too_large(huge));
  const auto after = reconcile(kept(10), huge, kGuard, kStart);
  CHECK(after.accepted == first(10));
  CHECK_FALSE(after.refused);
}

TEST_CASE("no schedule of reports takes away more than the guard allows within a hold") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Random random{seed};
  Reconciled state = kept(100);
  Instant now = kStart;
  std::vector<std::pair<Instant, std::size_t>> served;  // sizes and until when

  for (int step = 0; step < 5000; ++step) {
    now += std::chrono::milliseconds(random.below(4000));
    served.emplace_back(now, state.accepted.size());
    const auto refused = state.refused;
    switch (random.below(8)) {
      case 0: state = reconcile(state, unreachable(), kGuard, now); break;
      case 1: state = reconcile(state, gone(), kGuard, now); break;
      case 2: state = settle(state, kGuard, now); break;
      case 3: state = reconcile(state, says(first(random.below(4))), kGuard, now); break;
      default: state = reconcile(state, says(first(random.below(120))), kGuard, now);
    }
    const std::size_t size = state.accepted.size();
    if (refused && state.accepted == refused->endpoints && now - refused->since >= kGuard.hold) {
      served.clear();  // confirmed: measured anew
    } else if (size < served.back().second) {
      for (const auto& [until, before] : served) {
        if (now - until < kGuard.hold) CHECK(size * 2 >= before);
      }
    }
  }
}
