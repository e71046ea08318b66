#include "proxy/upstream/retry_budget.h"

#include <catch2/catch.hpp>

namespace crossfade {
namespace {

const Instant kStart = Instant{} + 1000s;
constexpr std::uint32_t kFloor = RetryBudget::kFloorPerSecond * RetryBudget::kWindow;

int retries_allowed(RetryBudget& budget, double ratio, Instant now) {
  int allowed = 0;
  while (allowed < 100'000 && budget.try_retry(ratio, now)) ++allowed;
  return allowed;
}

TEST_CASE("without requests only the floor may be retried") {
  RetryBudget budget;
  CHECK(retries_allowed(budget, 0.2, kStart) == kFloor);
}

TEST_CASE("retries are a share of the first attempts, besides the floor") {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.on_first_attempt(kStart + i * 5ms);
  CHECK(retries_allowed(budget, 0.2, kStart + 5s) == 200 + kFloor);
}

TEST_CASE("attempts and retries older than the window no longer count") {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.on_first_attempt(kStart);
  CHECK(retries_allowed(budget, 0.2, kStart) == 200 + kFloor);

  CHECK(retries_allowed(budget, 0.2, kStart + 9s) == 0);
  CHECK(retries_allowed(budget, 0.2, kStart + 10s) == kFloor);
}

TEST_CASE("a long pause leaves nothing behind") {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.on_first_attempt(kStart);
  CHECK(retries_allowed(budget, 0.2, kStart + 100h) == kFloor);
}

TEST_CASE("a ratio of zero leaves the floor") {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.on_first_attempt(kStart);
  CHECK(retries_allowed(budget, 0, kStart) == kFloor);
}

}  // namespace
}  // namespace crossfade
