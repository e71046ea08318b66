#include "proxy/routing/splitter.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>

#include "config/base/random.h"
#include "config/base/verify.h"
#include "config/limits.h"
#include "proxy/routing/siphash.h"

namespace crossfade {
namespace {

// A 64-bit number onto [0, bound): the top 32 bits decide, which is 4 000 times finer than a key
// point.
constexpr std::uint32_t onto(std::uint64_t hash, std::uint32_t bound) {
  return static_cast<std::uint32_t>(((hash >> 32) * bound) >> 32);
}

bool is_whole(std::span<const Share> shares) {
  std::uint64_t sum = 0;
  for (const Share share : shares) sum += share.ppm();
  return sum == Share::kWhole;
}

// One move in the making: intervals by length, and what each cluster still has to give (< 0) or to
// get (> 0).
class Mover {
 public:
  Mover(const Assignment& from, std::span<const Share> shares) {
    const auto& intervals = from.intervals();
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const KeyPoint end = i + 1 < intervals.size() ? intervals[i + 1].begin : Share::kWhole;
      pieces_.push_back({intervals[i].owner, static_cast<std::int32_t>(end - intervals[i].begin)});
    }
    const std::vector<Share> before = from.shares(shares.size());
    for (std::size_t i = 0; i < shares.size(); ++i) {
      missing_.push_back(static_cast<std::int32_t>(shares[i].ppm()) -
                         static_cast<std::int32_t>(before[i].ppm()));
    }
  }

  std::vector<Assignment::Interval> move() {
    push_borders();
    while (const auto getter = neediest()) {
      open_border(*getter);
      push_borders();
    }
    std::vector<Assignment::Interval> intervals;
    KeyPoint begin = 0;
    for (const Piece& piece : pieces_) {
      intervals.push_back({begin, piece.owner});
      begin += static_cast<KeyPoint>(piece.length);
    }
    return intervals;
  }

 private:
  struct Piece {
    ClusterIndex owner;
    std::int32_t length;
  };

  // Pushes every border between one that gives and one that gets as far as both need, until there
  // is none left.
  void push_borders() {
    for (std::size_t i = 1; i < pieces_.size();) {
      Piece& left = pieces_[i - 1];
      Piece& right = pieces_[i];
      const bool to_left = missing_[left.owner] > 0 && missing_[right.owner] < 0;
      const bool to_right = missing_[right.owner] > 0 && missing_[left.owner] < 0;
      if (to_left) hand_over(right, left);
      if (to_right) hand_over(left, right);
      // A piece given away whole brings others together: look again from the one before it.
      const bool vanished = (to_left || to_right) && merge_around(i);
      i = vanished ? std::max<std::size_t>(i, 2) - 1 : i + 1;
    }
  }

  void hand_over(Piece& giver, Piece& getter) {
    const std::int32_t part =
        std::min({giver.length, -missing_[giver.owner], missing_[getter.owner]});
    giver.length -= part;
    getter.length += part;
    missing_[giver.owner] += part;
    missing_[getter.owner] -= part;
  }

  // Removes an empty piece beside the border i and joins its neighbours if they have one owner.
  bool merge_around(std::size_t i) {
    const std::size_t empty = pieces_[i].length == 0 ? i : i - 1;
    if (pieces_[empty].length != 0) return false;
    pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(empty));
    if (empty > 0 && empty < pieces_.size() && pieces_[empty - 1].owner == pieces_[empty].owner) {
      pieces_[empty - 1].length += pieces_[empty].length;
      pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(empty));
    }
    return true;
  }

  // Who still has to get most; nobody when the move is done.
  std::optional<ClusterIndex> neediest() const {
    const auto most = std::max_element(missing_.begin(), missing_.end());
    if (*most <= 0) return std::nullopt;
    return static_cast<ClusterIndex>(most - missing_.begin());
  }

  // Nobody who gives lies beside the getter: it gets an empty piece where borders last. Best is
  // between two that give (one border serves both, and it is where a cluster that had vanished came
  // from), then an end of the key space (the getter's own side of the giver, so that two clusters
  // always lie in order), then the middle of the longest giving piece, which leaves all other
  // borders as they are.
  void open_border(ClusterIndex getter) {
    const auto gives = [&](const Piece& piece) { return missing_[piece.owner] < 0; };
    const auto insert = [&](std::size_t at) {
      pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at), Piece{getter, 0});
    };
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
      if (gives(pieces_[i - 1]) && gives(pieces_[i])) return insert(i);
    }
    const bool at_front = gives(pieces_.front());
    const bool at_back = gives(pieces_.back());
    if (at_front && (!at_back || getter < pieces_.front().owner)) return insert(0);
    if (at_back) return insert(pieces_.size());
    split_longest(getter);
  }

  void split_longest(ClusterIndex getter) {
    const auto longest =
        std::max_element(pieces_.begin(), pieces_.end(), [&](const Piece& a, const Piece& b) {
          const bool a_gives = missing_[a.owner] < 0;
          const bool b_gives = missing_[b.owner] < 0;
          return a_gives != b_gives ? b_gives : a.length < b.length;
        });
    const Piece upper{longest->owner, longest->length - longest->length / 2};
    longest->length /= 2;
    const bool nothing_below = longest->length == 0;
    const auto after = pieces_.insert(nothing_below ? longest : longest + 1, Piece{getter, 0});
    if (nothing_below) {
      *(after + 1) = upper;
    } else {
      pieces_.insert(after + 1, upper);
    }
  }

  std::vector<Piece> pieces_;
  std::vector<std::int32_t> missing_;
};

}  // namespace

KeyPoint key_point(std::string_view key, std::uint64_t salt) {
  // SipHash wants 128 bits of key; the salt is the secret half.
  return onto(siphash24(key, salt, 0x63726f7373666164ULL), Share::kWhole);
}

Assignment Assignment::initial(std::span<const Share> shares) {
  VERIFY(is_whole(shares));
  Assignment assignment;
  assignment.intervals_.clear();
  KeyPoint begin = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] == Share{}) continue;
    assignment.intervals_.push_back({begin, static_cast<ClusterIndex>(i)});
    begin += shares[i].ppm();
  }
  return assignment;
}

Result<Assignment> Assignment::from_intervals(std::vector<Interval> intervals) {
  if (intervals.empty() || intervals.front().begin != 0)
    return invalid("expected a first interval that begins at 0");
  if (intervals.size() > limits::kIntervalsMax) {
    return invalid("expected at most " + std::to_string(limits::kIntervalsMax) + " intervals");
  }
  if (intervals.back().begin >= Share::kWhole)
    return invalid("expected intervals that begin below 1000000");
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    if (intervals[i].begin <= intervals[i - 1].begin)
      return invalid("expected intervals in ascending order");
    if (intervals[i].owner == intervals[i - 1].owner)
      return invalid("expected neighbours with different owners");
  }
  Assignment assignment;
  assignment.intervals_ = std::move(intervals);
  return assignment;
}

Assignment Assignment::moved_to(std::span<const Share> shares) const {
  VERIFY(is_whole(shares));
  Assignment moved;
  moved.intervals_ = Mover{*this, shares}.move();
  // Borders are opened only between clusters that have none, so there are few; see the random walks
  // of the test. Should it ever be too many, laying out anew moves more keys than needed, once, but
  // every share stays exact.
  return moved.intervals_.size() <= limits::kIntervalsMax ? moved : initial(shares);
}

ClusterIndex Assignment::owner_of(KeyPoint point) const {
  VERIFY(point < Share::kWhole);
  const auto after =
      std::upper_bound(intervals_.begin(), intervals_.end(), point,
                       [](KeyPoint p, const Interval& interval) { return p < interval.begin; });
  return std::prev(after)->owner;
}

std::vector<Share> Assignment::shares(std::size_t clusters) const {
  std::vector<std::uint32_t> ppm(clusters);
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    VERIFY(intervals_[i].owner < clusters);
    const KeyPoint end = i + 1 < intervals_.size() ? intervals_[i + 1].begin : Share::kWhole;
    ppm[intervals_[i].owner] += end - intervals_[i].begin;
  }
  std::vector<Share> shares(clusters);
  std::transform(ppm.begin(), ppm.end(), shares.begin(), Share::from_ppm);
  return shares;
}

std::uint32_t moved_ppm(const Assignment& a, const Assignment& b) {
  std::uint32_t moved = 0;
  KeyPoint at = 0;
  std::size_t i = 0, j = 0;
  const auto end_of = [](const Assignment& assignment, std::size_t k) {
    return k + 1 < assignment.intervals().size() ? assignment.intervals()[k + 1].begin
                                                 : Share::kWhole;
  };
  while (at < Share::kWhole) {
    const KeyPoint end = std::min(end_of(a, i), end_of(b, j));
    if (a.intervals()[i].owner != b.intervals()[j].owner) moved += end - at;
    if (end == end_of(a, i)) ++i;
    if (end == end_of(b, j)) ++j;
    at = end;
  }
  return moved;
}

Result<std::vector<Share>> shares_of_weights(std::span<const std::uint32_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  if (sum == 0) return invalid("expected at least one weight above 0");

  std::vector<std::uint32_t> ppm;
  std::vector<std::uint64_t> remainders;
  std::uint32_t left = Share::kWhole;
  for (const std::uint32_t weight : weights) {
    const std::uint64_t scaled = std::uint64_t{weight} * Share::kWhole;
    ppm.push_back(static_cast<std::uint32_t>(scaled / sum));
    remainders.push_back(scaled % sum);
    left -= ppm.back();
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
  });
  for (std::size_t i = 0; i < left; ++i) ++ppm[order[i]];

  std::vector<Share> shares(weights.size());
  std::transform(ppm.begin(), ppm.end(), shares.begin(), Share::from_ppm);
  return shares;
}

ClusterIndex pick_cluster(const Split& split, std::span<const Share> effective, KeyPoint point) {
  const ClusterIndex owner = split.assignment.owner_of(point);
  VERIFY(owner < effective.size());
  if (effective[owner] != Share{}) return owner;

  std::uint32_t total = 0;
  for (const Share share : effective) total += share.ppm();
  if (total == 0) return owner;
  // The owner's keys lie together; mixed, they spread over the clusters left in proportion.
  Random mixed{point ^ split.salt};
  std::uint32_t place = mixed.below(total);
  for (std::size_t i = 0; i < effective.size(); ++i) {
    if (place < effective[i].ppm()) return static_cast<ClusterIndex>(i);
    place -= effective[i].ppm();
  }
  return owner;
}

}  // namespace crossfade
