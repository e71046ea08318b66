#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "config/base/random.h"
#include "config/limits.h"
#include "proxy/routing/splitter.h"

using namespace crossfade;

namespace {

std::vector<Share> shares(std::initializer_list<std::uint32_t> ppm) {
  std::vector<Share> result;
  for (const std::uint32_t part : ppm) result.push_back(Share::from_ppm(part));
  return result;
}

// Some shares of exactly kWhole; about a third of them zero.
std::vector<Share> random_shares(Random& random, std::size_t clusters) {
  std::vector<std::uint32_t> weights(clusters);
  for (auto& weight : weights) weight = random.below(3) == 0 ? 0 : 1 + random.below(1000);
  weights[random.below(static_cast<std::uint32_t>(clusters))] += 1;
  return shares_of_weights(weights).value();
}

// Another split a small step away: some parts go from one cluster to another.
std::vector<Share> stepped(Random& random, std::vector<Share> from, std::uint32_t step_max) {
  const auto size = static_cast<std::uint32_t>(from.size());
  for (int i = 0; i < 3; ++i) {
    Share& giver = from[random.below(size)];
    Share& getter = from[random.below(size)];
    const std::uint32_t part = std::min(giver.ppm(), random.below(step_max + 1));
    giver = Share::from_ppm(giver.ppm() - part);
    getter = Share::from_ppm(getter.ppm() + part);
  }
  return from;
}

std::uint32_t total_variation(const std::vector<Share>& a, const std::vector<Share>& b) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] > b[i] ? a[i].ppm() - b[i].ppm() : 0;
  return sum;
}

// Keys of clusters that do not shrink stay where they are.
bool growing_keep_their_keys(const Assignment& before, const Assignment& after,
                             const std::vector<Share>& old_shares,
                             const std::vector<Share>& new_shares, Random& random) {
  for (int i = 0; i < 200; ++i) {
    const KeyPoint point = random.below(Share::kWhole);
    const ClusterIndex owner = before.owner_of(point);
    if (new_shares[owner] >= old_shares[owner] && after.owner_of(point) != owner) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("an initial assignment has exactly the shares, in the order of the clusters") {
  const auto wanted = shares({250'000, 0, 749'999, 1});

  const Assignment assignment = Assignment::initial(wanted);

  CHECK(assignment.shares(4) == wanted);
  CHECK(assignment.intervals() ==
        std::vector<Assignment::Interval>{{0, 0}, {250'000, 2}, {999'999, 3}});
}

TEST_CASE("the owner of a point is the owner of the interval it lies in") {
  const Assignment assignment = Assignment::initial(shares({10, 999'990}));

  CHECK(assignment.owner_of(0) == 0);
  CHECK(assignment.owner_of(9) == 0);
  CHECK(assignment.owner_of(10) == 1);
  CHECK(assignment.owner_of(999'999) == 1);
}

TEST_CASE(
    "random walks: totals stay exact, movement is minimal, growing clusters lose no key, intervals "
    "stay few") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
  const auto clusters =
      GENERATE(std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{17}, std::size_t{64});
  CAPTURE(seed, clusters);
  Random random{seed};
  std::vector<Share> now = random_shares(random, clusters);
  Assignment assignment = Assignment::initial(now);
  std::size_t intervals_max = 0;

  for (int i = 0; i < 300; ++i) {
    const auto next =
        random.below(4) == 0 ? random_shares(random, clusters) : stepped(random, now, 20'000);
    const Assignment moved = assignment.moved_to(next);

    REQUIRE(moved.shares(clusters) == next);
    REQUIRE(moved_ppm(assignment, moved) == total_variation(now, next));
    REQUIRE(growing_keep_their_keys(assignment, moved, now, next, random));
    REQUIRE(Assignment::from_intervals(moved.intervals()).value() == moved);
    intervals_max = std::max(intervals_max, moved.intervals().size());
    now = next;
    assignment = moved;
  }

  CHECK(intervals_max <= 2 + clusters * clusters);
}

TEST_CASE(
    "two clusters are always two intervals, so what moved last comes back first, whatever the "
    "history") {
  const auto seed = GENERATE(11u, 12u, 13u);
  CAPTURE(seed);
  Random random{seed};
  Assignment assignment = Assignment::initial(shares({1'000'000, 0}));

  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t part = random.below(Share::kWhole + 1);
    const auto next = shares({Share::kWhole - part, part});
    assignment = assignment.moved_to(next);
    REQUIRE(assignment == Assignment::initial(next));
  }
}

TEST_CASE("a ramp to several clusters and back goes through the same assignments") {
  const auto targets = GENERATE(2u, 3u, 4u);
  CAPTURE(targets);
  std::vector<Assignment> up = {Assignment::initial(shares({1'000'000, 0, 0, 0, 0}))};
  const auto at = [&](std::uint32_t percent) {
    std::vector<std::uint32_t> weights = {targets * (100 - percent), 0, 0, 0, 0};
    for (std::uint32_t i = 1; i <= targets; ++i) weights[i] = percent;
    return shares_of_weights(weights).value();
  };

  const std::uint32_t end =
      targets == 2 ? 100 : 50;  // beyond, an interval of the old cluster vanishes whole
  for (std::uint32_t percent = 1; percent <= end; ++percent)
    up.push_back(up.back().moved_to(at(percent)));

  Assignment down = up.back();
  for (std::uint32_t percent = end; percent-- > 0;) {
    down = down.moved_to(at(percent));
    CAPTURE(percent);
    REQUIRE(down == up[percent]);
  }
}

TEST_CASE("a key that reached new stays there while its share does not fall") {
  Assignment assignment = Assignment::initial(shares({1'000'000, 0, 0}));
  std::vector<bool> moved(1000, false);

  for (std::uint32_t percent = 1; percent <= 100; ++percent) {
    const std::uint32_t half = percent * 5000;
    assignment = assignment.moved_to(shares({Share::kWhole - 2 * half, half, half}));
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const bool is_new = assignment.owner_of(key_point("user-" + std::to_string(i), 7)) != 0;
      REQUIRE((is_new || !moved[i]));
      moved[i] = is_new;
    }
  }
}

TEST_CASE("a cluster that vanished comes back where it was") {
  const Assignment before = Assignment::initial(shares({300'000, 400'000, 300'000}));

  const Assignment gone = before.moved_to(shares({500'000, 0, 500'000}));

  CHECK(gone.moved_to(shares({300'000, 400'000, 300'000})) == before);
}

TEST_CASE("a long ramp with tiny steps to several clusters stays a handful of intervals") {
  Assignment assignment = Assignment::initial(shares({1'000'000, 0, 0, 0}));

  for (std::uint32_t step = 1; step <= 3000; ++step) {
    const std::uint32_t part = step * 100;
    assignment = assignment.moved_to(shares({Share::kWhole - 3 * part, part, part, part}));
  }

  CHECK(assignment.intervals().size() <= 9);
}

TEST_CASE("intervals that do not cover the key space in order are refused") {
  CHECK_FALSE(Assignment::from_intervals({}).has_value());
  CHECK_FALSE(Assignment::from_intervals({{1, 0}}).has_value());
  CHECK_FALSE(Assignment::from_intervals({{0, 0}, {5, 1}, {5, 0}}).has_value());
  CHECK_FALSE(Assignment::from_intervals({{0, 0}, {5, 1}, {4, 0}}).has_value());
  CHECK_FALSE(Assignment::from_intervals({{0, 0}, {5, 0}}).has_value());
  CHECK_FALSE(Assignment::from_intervals({{0, 0}, {1'000'000, 1}}).has_value());
  std::vector<Assignment::Interval> many;
  for (KeyPoint i = 0; i <= limits::kIntervalsMax; ++i)
    many.push_back({i, static_cast<ClusterIndex>(i % 2)});
  CHECK_FALSE(Assignment::from_intervals(many).has_value());
  CHECK(Assignment::from_intervals({{0, 1}, {5, 0}}).has_value());
}

TEST_CASE("weights become shares of exactly the whole") {
  CHECK(shares_of_weights(std::vector<std::uint32_t>{1, 1, 1}).value() ==
        shares({333'334, 333'333, 333'333}));
  CHECK(shares_of_weights(std::vector<std::uint32_t>{95, 5}).value() == shares({950'000, 50'000}));
  CHECK(shares_of_weights(std::vector<std::uint32_t>{UINT32_MAX, UINT32_MAX}).value() ==
        shares({500'000, 500'000}));
  CHECK(shares_of_weights(std::vector<std::uint32_t>{2, 0, 1}).value() ==
        shares({666'667, 0, 333'333}));
  CHECK_FALSE(shares_of_weights(std::vector<std::uint32_t>{0, 0}).has_value());
  CHECK_FALSE(shares_of_weights(std::vector<std::uint32_t>{}).has_value());
}

TEST_CASE("keys spread evenly and another salt spreads them differently") {
  std::array<int, 10> counts = {};
  int same = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "user-" + std::to_string(i);
    ++counts[key_point(key, 1) / 100'000];
    same += key_point(key, 1) / 100'000 == key_point(key, 2) / 100'000;
  }

  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);  // five standard deviations
  CHECK(std::abs(same - 10'000) < 500);
}

TEST_CASE(
    "keys of a cluster where nobody is healthy spread over the others in proportion, each key to "
    "one place") {
  const Split split{Assignment::initial(shares({600'000, 100'000, 300'000})), 42, 1};
  const auto effective = shares({0, 250'000, 750'000});
  std::array<int, 3> counts = {};

  for (KeyPoint point = 0; point < 600'000; point += 6) {
    const ClusterIndex cluster = pick_cluster(split, effective, point);
    REQUIRE(cluster == pick_cluster(split, effective, point));
    ++counts[cluster];
  }

  CHECK(counts[0] == 0);
  CHECK(std::abs(counts[1] - 25'000) < 700);
  CHECK(pick_cluster(split, effective, 650'000) == 1);
  CHECK(pick_cluster(split, effective, 999'999) == 2);
}

TEST_CASE("when nobody is healthy anywhere the owner is picked") {
  const Split split{Assignment::initial(shares({600'000, 400'000})), 42, 1};

  CHECK(pick_cluster(split, shares({0, 0}), 599'999) == 0);
  CHECK(pick_cluster(split, shares({0, 0}), 600'000) == 1);
}

TEST_CASE("a single part per million between others can change hands") {
  const Assignment before = Assignment::from_intervals({{0, 0}, {5, 1}, {6, 2}}).value();

  const Assignment after = before.moved_to(shares({5, 0, 999'994, 1}));

  CHECK(after.intervals() == std::vector<Assignment::Interval>{{0, 0}, {5, 3}, {6, 2}});
}
