#pragma once

// Which cluster a request goes to. PURE.
// The key space [0, kWhole) is divided into intervals, each owned by a cluster. A request's key
// (user id, cookie, address) has one place in it, so a user stays where he is until the interval
// under him changes hands.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/base/share.h"

namespace crossfade {

using ClusterIndex = std::uint16_t;  // place of a cluster in its service's list
using KeyPoint = std::uint32_t;      // [0, Share::kWhole)

// The place of a key: SipHash-2-4 keyed by the salt, so that every proxy and every restart agrees.
KeyPoint key_point(std::string_view key, std::uint64_t salt);

class Assignment {
 public:
  struct Interval {
    KeyPoint begin;  // ends where the next one begins
    ClusterIndex owner;
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  // In the order of the clusters. Requires: shares add up to kWhole.
  static Assignment initial(std::span<const Share> shares);
  // From intervals as journaled. Errors: kInvalid when they do not cover the key space in order,
  // two neighbours have one owner, or there are more than limits::kIntervalsMax.
  static Result<Assignment> from_intervals(std::vector<Interval> intervals);

  // The assignment with these shares that moves the least: exactly the total-variation distance.
  // No key of a growing cluster leaves it. Neighbours push the border between them, so what moved
  // last comes back first: always between two clusters, and on a ramp from one cluster to several
  // and back until an interval of the old one vanishes whole. Among three or more clusters in
  // general that is not promised: intervals alone do not tell what moved last, so other keys may
  // come back, never more of them.
  // Requires: shares add up to kWhole; more clusters than before may be named, never fewer.
  Assignment moved_to(std::span<const Share> shares) const;

  ClusterIndex owner_of(KeyPoint point) const;
  std::vector<Share> shares(std::size_t clusters) const;
  const std::vector<Interval>& intervals() const { return intervals_; }
  friend bool operator==(const Assignment&, const Assignment&) = default;

 private:
  std::vector<Interval> intervals_ = {{0, 0}};
};

// How many parts of the key space have another owner in b than in a.
std::uint32_t moved_ppm(const Assignment& a, const Assignment& b);

// Weights as people give them, into shares of exactly kWhole (largest remainder; ties to the
// first). Errors: kInvalid when all are zero.
Result<std::vector<Share>> shares_of_weights(std::span<const std::uint32_t> weights);

// The Split of DESIGN 2, as a worker uses it.
struct Split {
  Assignment assignment;
  std::uint64_t salt = 0;
  std::uint64_t revision = 0;  // grows with every change of the assignment
};

// The cluster for a point: the owner, or when the owner's effective share is zero (nobody healthy
// there) another one, chosen by the same key in proportion to the effective shares left, so that
// the user is sticky there too. With no cluster left the owner itself. Requires: effective.size()
// covers every owner.
ClusterIndex pick_cluster(const Split& split, std::span<const Share> effective, KeyPoint point);

}  // namespace crossfade
