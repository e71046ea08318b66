#pragma once

// From counters that only grow to what happened between two looks: the evidence the gate judges,
// and the share of requests each cluster really got. Control thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"
#include "proxy/stats/counters.h"

namespace crossfade {

// Finished attempts of one cluster. A sum or a difference of cohort cells.
struct CohortCounts {
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;
  std::uint64_t failure_events = 0;
  std::uint64_t slow = 0;

  CohortCounts& operator+=(const CohortCounts& other);
  friend CohortCounts operator-(const CohortCounts& a, const CohortCounts& b);
  friend bool operator==(const CohortCounts&, const CohortCounts&) = default;
};

CohortCounts counts_of(const Cohort& cohort);

// The cohorts of one service. Attempts that began under an older split revision finish into that
// one's cohort and are evidence all the same: a cohort is watched until no Snapshot holds it any
// more.
class EvidenceWindow {
 public:
  // Watches a cohort from its present counts on: what is in it was seen by a window before, or by
  // nobody. Watching it again changes nothing.
  void watch(const ClusterName& cluster, std::shared_ptr<const Cohort> cohort);

  // What happened since the last look, per cluster ever watched; zeros included.
  std::map<ClusterName, CohortCounts> look();

  // Cohorts watched.
  std::size_t size() const { return watched_.size(); }

 private:
  struct Watched {
    ClusterName cluster;
    std::shared_ptr<const Cohort> cohort;
    CohortCounts seen;
  };
  std::vector<Watched> watched_;
  std::set<ClusterName> clusters_;
};

// Shares of first tries among clusters, over the last limits::kMeasuredShareTime: retries that
// crossed would hide a split that does not do what it should. Clusters are given in the service's
// order, always the same ones.
class ShareMeter {
 public:
  // Nothing before the first request. A change in the number of clusters starts over.
  std::optional<std::vector<Share>> look(std::span<const std::shared_ptr<ClusterCounters>> clusters,
                                         Instant now);

  // Forget what was counted: the split has changed.
  void restart() { marks_.clear(); }

 private:
  struct Mark {
    Instant at;
    std::vector<std::uint64_t> first_tries;
  };
  std::vector<Mark>
      marks_;  // at most two: what is measured began at the first; the second will take its place
};

}  // namespace crossfade
