#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include "proxy/routing/balancer.h"

using namespace crossfade;

namespace {

// A cluster as one worker sees it.
struct Fleet {
  std::vector<std::uint32_t> weights;
  std::vector<Candidate> candidates;
  WeightedTable table;
  Random random{1};
  std::uint64_t turn = 0;

  explicit Fleet(std::vector<std::uint32_t> of) : weights{std::move(of)}, table{weights} {
    for (const std::uint32_t weight : weights) candidates.push_back({.weight = weight});
  }

  std::optional<Pick> pick(Balancing balancing, double panic_threshold = 0.5) {
    const auto view = [this](std::uint32_t i) { return candidates[i]; };
    return Balancer{table, view, panic_threshold, random}.pick(balancing, turn++);
  }

  // How often each is picked; in flight stays as it is.
  std::vector<int> picks(Balancing balancing, int times) {
    std::vector<int> counts(weights.size());
    for (int i = 0; i < times; ++i) ++counts[pick(balancing).value().index];
    return counts;
  }
};

constexpr auto kAll = {Balancing::kTwoChoices, Balancing::kRoundRobin, Balancing::kRandom};

// Within five standard deviations of a binomial.
bool near(int count, int times, double part) {
  return std::abs(count - times * part) < 5 * std::sqrt(times * part * (1 - part)) + 1;
}

}  // namespace

TEST_CASE("a weighted table gives each index exactly its part") {
  const std::vector<std::uint32_t> weights = {1, 1000, 0, 100, 250};
  const WeightedTable table{weights};
  std::vector<int> counts(weights.size());
  Random random{3};

  for (int i = 0; i < 1'000'000; ++i) ++counts[table.at(random.next())];

  const double total = 1 + 1000 + 1 + 100 + 250;  // zero counts as one
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(near(counts[i], 1'000'000, std::max(weights[i], 1U) / total));
  }
}

TEST_CASE("nobody is picked from an empty cluster") {
  for (const Balancing balancing : kAll) CHECK_FALSE(Fleet{{}}.pick(balancing).has_value());
}

TEST_CASE("an idle cluster gets requests by weight, the lowest weights from the start") {
  for (const Balancing balancing : kAll) {
    Fleet fleet{{100, 100, 100, 1, 200}};
    const auto counts = fleet.picks(balancing, 100'000);
    CAPTURE(static_cast<int>(balancing));
    for (std::size_t i = 0; i < counts.size(); ++i)
      CHECK(near(counts[i], 100'000, fleet.weights[i] / 501.0));
  }
}

TEST_CASE("round robin over equal weights goes strictly in turn") {
  Fleet fleet{{5, 5, 5}};
  fleet.turn = 7;

  CHECK(fleet.pick(Balancing::kRoundRobin)->index == 1);
  CHECK(fleet.pick(Balancing::kRoundRobin)->index == 2);
  CHECK(fleet.pick(Balancing::kRoundRobin)->index == 0);
}

TEST_CASE("round robin over unequal weights never strays far from the proportion") {
  Fleet fleet{{300, 100}};
  int first = 0;

  for (int i = 1; i <= 1000; ++i) {
    first += fleet.pick(Balancing::kRoundRobin)->index == 0;
    REQUIRE(std::abs(first - i * 0.75) < 4);
  }
}

TEST_CASE("of two choices the one with less in flight for its weight wins") {
  Fleet fleet{{100, 100}};
  fleet.candidates[0].in_flight = 9;

  // Only when both draws fall on the busy one, once in four, is it picked.
  const auto counts = fleet.picks(Balancing::kTwoChoices, 10'000);

  CHECK(near(counts[0], 10'000, 0.25));
}

TEST_CASE("two choices keep the proportion of the weights under load") {
  Fleet fleet{{100, 100, 400}};
  std::vector<std::uint32_t> going_on;
  std::vector<int> counts(3);

  // A closed system: always 60 in flight, the oldest ends when a new one begins.
  for (int i = 0; i < 60'000; ++i) {
    const std::uint32_t index = fleet.pick(Balancing::kTwoChoices)->index;
    ++fleet.candidates[index].in_flight;
    ++counts[index];
    going_on.push_back(index);
    if (i >= 60) --fleet.candidates[going_on[static_cast<std::size_t>(i) - 60]].in_flight;
  }

  CHECK(std::abs(counts[2] - 40'000) < 2'000);
  CHECK(std::abs(counts[0] - 10'000) < 1'000);
}

TEST_CASE("those not available are skipped while enough are left") {
  for (const Balancing balancing : kAll) {
    Fleet fleet{{100, 100, 100, 100}};
    fleet.candidates[0].available = fleet.candidates[2].available = false;
    CAPTURE(static_cast<int>(balancing));
    for (int i = 0; i < 1000; ++i) {
      const Pick pick = fleet.pick(balancing).value();
      REQUIRE(pick.index % 2 == 1);
      REQUIRE_FALSE(pick.panicked);
    }
  }
}

TEST_CASE("below the panic threshold availability is ignored") {
  for (const Balancing balancing : kAll) {
    Fleet fleet{{100, 100, 100, 100}};
    for (std::size_t i = 0; i < 3; ++i) fleet.candidates[i].available = false;
    const auto counts = fleet.picks(balancing, 10'000);
    CAPTURE(static_cast<int>(balancing));
    for (const int count : counts) CHECK(near(count, 10'000, 0.25));
  }
}

TEST_CASE("without a panic threshold the last available one takes all and then nobody is picked") {
  for (const Balancing balancing : kAll) {
    Fleet fleet{std::vector<std::uint32_t>(100, 1)};
    for (Candidate& candidate : fleet.candidates) candidate.available = false;
    fleet.candidates[70].available = true;
    for (int i = 0; i < 100; ++i) REQUIRE(fleet.pick(balancing, 0)->index == 70);

    fleet.candidates[70].available = false;
    CHECK_FALSE(fleet.pick(balancing, 0).has_value());
  }
}

TEST_CASE("a new endpoint gets a tenth at first and all of its part after the slow start") {
  CHECK(warmth_of(0s, 10s) == 100);
  CHECK(warmth_of(5s, 10s) == 550);
  CHECK(warmth_of(10s, 10s) == kFullyWarm);
  CHECK(warmth_of(1h, 10s) == kFullyWarm);
  CHECK(warmth_of(0s, 0s) == kFullyWarm);
  CHECK(warmth_of(-1s, 10s) == 100);

  for (const Balancing balancing : kAll) {
    Fleet fleet{std::vector<std::uint32_t>(10, 100)};
    fleet.candidates[3].warmth = 100;
    const auto counts = fleet.picks(balancing, 100'000);
    CAPTURE(static_cast<int>(balancing));
    CHECK(std::abs(counts[3] - 100'000 / 91) < 200);
  }
}

TEST_CASE("when all endpoints are new, all are picked alike") {
  for (const Balancing balancing : kAll) {
    Fleet fleet{std::vector<std::uint32_t>(4, 100)};
    for (Candidate& candidate : fleet.candidates) candidate.warmth = 100;
    for (const int count : fleet.picks(balancing, 10'000)) CHECK(near(count, 10'000, 0.25));
  }
}
