#include "proxy/stats/window.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {

CohortCounts& CohortCounts::operator+=(const CohortCounts& other) {
  attempts += other.attempts;
  failures += other.failures;
  failure_events += other.failure_events;
  slow += other.slow;
  return *this;
}

CohortCounts operator-(const CohortCounts& a, const CohortCounts& b) {
  return {a.attempts - b.attempts, a.failures - b.failures, a.failure_events - b.failure_events,
          a.slow - b.slow};
}

CohortCounts counts_of(const Cohort& cohort) {
  CohortCounts counts;
  // Failures before attempts: a worker counts between the two reads, and more failures than
  // attempts make no sense.
  counts.failure_events =
      cohort.total([](const CohortCell& cell) { return cell.failure_events.value(); });
  counts.failures = cohort.total([](const CohortCell& cell) { return cell.failures.value(); });
  counts.slow = cohort.total([](const CohortCell& cell) { return cell.slow.value(); });
  counts.attempts = cohort.total([](const CohortCell& cell) { return cell.attempts.value(); });
  return counts;
}

void EvidenceWindow::watch(const ClusterName& cluster, std::shared_ptr<const Cohort> cohort) {
  VERIFY(cohort != nullptr);
  clusters_.insert(cluster);
  const bool known = std::any_of(watched_.begin(), watched_.end(),
                                 [&](const Watched& watched) { return watched.cohort == cohort; });
  if (known) return;
  const CohortCounts seen = counts_of(*cohort);
  watched_.push_back({cluster, std::move(cohort), seen});
}

std::map<ClusterName, CohortCounts> EvidenceWindow::look() {
  std::map<ClusterName, CohortCounts> happened;
  for (const ClusterName& cluster : clusters_) happened[cluster];
  std::erase_if(watched_, [&](Watched& watched) {
    // Asked before the counts are read: when nobody else holds it, what is read now is the last of
    // it.
    const bool last = watched.cohort.use_count() == 1;
    const CohortCounts counts = counts_of(*watched.cohort);
    happened[watched.cluster] += counts - watched.seen;
    watched.seen = counts;
    return last;
  });
  return happened;
}

std::optional<std::vector<Share>> ShareMeter::look(
    std::span<const std::shared_ptr<ClusterCounters>> clusters, Instant now) {
  std::vector<std::uint64_t> first_tries;
  for (const auto& counters : clusters) {
    const std::uint64_t retries =
        counters->total([](const ClusterCell& cell) { return cell.retries.value(); });
    const std::uint64_t attempts =
        counters->total([](const ClusterCell& cell) { return cell.attempts.value(); });
    first_tries.push_back(attempts > retries ? attempts - retries : 0);
  }
  if (!marks_.empty() && marks_.front().first_tries.size() != first_tries.size()) restart();
  if (marks_.empty() || now - marks_.back().at >= limits::kMeasuredShareTime) {
    marks_.push_back({now, first_tries});
    if (marks_.size() > 2) marks_.erase(marks_.begin());
  }

  std::vector<double> counted;
  for (std::size_t i = 0; i < first_tries.size(); ++i) {
    const std::uint64_t before = marks_.front().first_tries[i];
    counted.push_back(first_tries[i] > before ? static_cast<double>(first_tries[i] - before) : 0);
  }
  const double total = std::accumulate(counted.begin(), counted.end(), 0.0);
  if (total == 0) return std::nullopt;
  std::vector<Share> shares;
  for (const double count : counted) {
    shares.push_back(
        Share::from_ppm(static_cast<std::uint32_t>(count / total * Share::kWhole + 0.5)));
  }
  return shares;
}

}  // namespace crossfade
