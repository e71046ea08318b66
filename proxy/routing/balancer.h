#pragma once

// Which endpoint inside a cluster. PURE: what the worker knows about endpoints comes through a
// view.
//
// Candidates are drawn by weight, and only then compared by load. Comparing load divided by weight
// over uniform draws would give everything to the heavy ones while the cluster is idle; here the
// shares of an idle cluster are exactly the weights, and a low weight gets its part from the first
// request on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "config/base/instant.h"
#include "config/base/random.h"
#include "config/config.h"
#include "proxy/routing/weighted_table.h"

namespace crossfade {

inline constexpr std::uint32_t kFullyWarm = 1000;

// What a worker knows about one endpoint.
struct Candidate {
  std::uint32_t in_flight = 0;        // attempts of this worker
  std::uint32_t weight = 100;         // as in the table
  std::uint32_t warmth = kFullyWarm;  // slow start, see warmth_of()
  bool available = true;              // healthy, not ejected here, not tried before by this request
};

struct Pick {
  std::uint32_t index;
  bool panicked;  // availability was ignored: too few are left
};

// How warm an endpoint of this age is, in parts of kFullyWarm: from a tenth, growing evenly over
// slow_start.
constexpr std::uint32_t warmth_of(Duration age, Duration slow_start) {
  if (age >= slow_start || slow_start <= Duration::zero()) return kFullyWarm;
  const double passed =
      std::max(0.0, static_cast<double>(age.count()) / static_cast<double>(slow_start.count()));
  return kFullyWarm / 10 + static_cast<std::uint32_t>(passed * (kFullyWarm - kFullyWarm / 10));
}

// One choice of endpoint. A value made for each pick:
//   Balancer{table, view, panic_threshold, random}.pick(Balancing::kTwoChoices, turn)
// View: Candidate operator()(std::uint32_t index), for every index of the table.
template <class View>
class Balancer {
 public:
  Balancer(const WeightedTable& table, const View& view, double panic_threshold, Random& random)
      : table_{table}, view_{view}, panic_threshold_{panic_threshold}, random_{random} {}

  // turn: for round robin, a number that grows by one with each pick of this worker in this cluster
  // and starts anywhere (workers that all began with the first endpoint would thunder). Others
  // ignore it. Nothing when the table is empty, or when nobody is available and the panic threshold
  // is zero.
  std::optional<Pick> pick(Balancing balancing, std::uint64_t turn) {
    if (table_.size() == 0) return std::nullopt;
    const bool in_turn = balancing == Balancing::kRoundRobin;
    const std::optional<Pick> first = settle(in_turn ? take_turn(turn) : draw());
    if (!first || balancing != Balancing::kTwoChoices || table_.size() == 1) return first;
    return less_loaded(*first);
  }

 private:
  // Draws before a linear search; with half of the endpoints gone all of them fail once in 256
  // picks.
  static constexpr int kDrawsMax = 8;
  // Endpoints looked at to tell how many are available.
  static constexpr std::size_t kSampleMax = 64;

  // The next in turn; a cold one leaves some of its turns to others.
  std::uint32_t take_turn(std::uint64_t turn) {
    // With unequal weights the golden-ratio sequence spreads evenly over the table, without state.
    const std::uint32_t index = table_.is_uniform()
                                    ? static_cast<std::uint32_t>(turn % table_.size())
                                    : table_.at(turn * 0x9e3779b97f4a7c15ULL);
    return is_warm_enough(index) ? index : draw();
  }

  // One index by weight and warmth. When everybody is cold the last draw stands: then nobody is
  // preferred.
  std::uint32_t draw() {
    std::uint32_t index = table_.at(random_.next());
    for (int i = 1; i < kDrawsMax && !is_warm_enough(index); ++i) index = table_.at(random_.next());
    return index;
  }

  // True as often as the endpoint is warm.
  bool is_warm_enough(std::uint32_t index) {
    const std::uint32_t warmth = view_(index).warmth;
    return warmth >= kFullyWarm || random_.below(kFullyWarm) < warmth;
  }

  // The index itself if available, else another one that is, else the index itself in panic.
  std::optional<Pick> settle(std::uint32_t index) {
    if (view_(index).available) return Pick{index, false};
    if (available_fraction() < panic_threshold_) return Pick{index, true};
    for (int i = 1; i < kDrawsMax; ++i) {
      const std::uint32_t other = draw();
      if (view_(other).available) return Pick{other, false};
    }
    const auto size = static_cast<std::uint32_t>(table_.size());
    const std::uint32_t start = random_.below(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint32_t other = (start + i) % size;
      if (view_(other).available) return Pick{other, false};
    }
    return panic_threshold_ > 0 ? std::optional(Pick{index, true}) : std::nullopt;
  }

  // Exact for small sets, a sample of large ones.
  double available_fraction() {
    const auto size = static_cast<std::uint32_t>(table_.size());
    const bool all = size <= kSampleMax;
    const auto looks = static_cast<std::uint32_t>(all ? size : kSampleMax);
    std::uint32_t available = 0;
    for (std::uint32_t i = 0; i < looks; ++i)
      available += view_(all ? i : random_.below(size)).available;
    return static_cast<double>(available) / looks;
  }

  // Power of two choices: a second draw, and the one with less in flight for its weight. A tie goes
  // to the first, which was drawn by weight.
  Pick less_loaded(Pick first) {
    const std::uint32_t second = draw();
    const Candidate a = view_(first.index);
    const Candidate b = view_(second);
    if (second == first.index || (!b.available && !first.panicked)) return first;
    return load(b, a) < load(a, b) ? Pick{second, first.panicked} : first;
  }

  // in_flight / (weight * warmth), both sides multiplied out.
  static std::uint64_t load(const Candidate& one, const Candidate& other) {
    return std::uint64_t{one.in_flight} * other.weight * other.warmth;
  }

  const WeightedTable& table_;
  const View& view_;
  double panic_threshold_;
  Random& random_;
};

}  // namespace crossfade
