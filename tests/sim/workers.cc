#include "tests/sim/workers.h"

#include <algorithm>

#include "proxy/routing/balancer.h"

namespace crossfade {

void Workers::publish(std::shared_ptr<const Snapshot> snapshot, Instant now, Duration late_max) {
  for (Worker& worker : workers_) {
    const auto late = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(late_max).count());
    Instant at = now + random_.below(late + 1) * 1ms;
    if (!worker.posted.empty())
      at = std::max(at, worker.posted.back().first);  // posts keep their order
    worker.posted.emplace_back(at, snapshot);
  }
}

void Workers::adopt(Instant now) {
  for (Worker& worker : workers_) {
    while (!worker.posted.empty() && worker.posted.front().first <= now) {
      worker.pin = std::move(worker.posted.front().second);
      worker.posted.erase(worker.posted.begin());
    }
  }
}

std::uint64_t Workers::adopted() const {
  std::uint64_t slowest = UINT64_MAX;
  for (const Worker& worker : workers_)
    slowest = std::min(slowest, worker.pin ? worker.pin->version : 0);
  return slowest;
}

void Workers::serve(std::size_t requests, const std::map<ClusterName, Weather>& weather,
                    Instant now) {
  const auto is_over = [&](const Attempt& attempt) { return attempt.ends <= now; };
  for (const Attempt& attempt : in_flight_) {
    if (is_over(attempt)) account(attempt, now);
  }
  std::erase_if(in_flight_, is_over);
  for (std::size_t i = 0; i < requests; ++i) {
    const std::size_t worker = random_.below(static_cast<std::uint32_t>(workers_.size()));
    if (!workers_[worker].pin) continue;
    for (std::size_t service = 0; service < workers_[worker].pin->services.size(); ++service) {
      begin(worker, service, weather, now);
    }
  }
}

void Workers::begin(std::size_t worker, std::size_t place,
                    const std::map<ClusterName, Weather>& weather, Instant now) {
  const SnapshotService& service = *workers_[worker].pin->services[place];
  const KeyPoint point =
      key_point("user-" + std::to_string(random_.below(5000)), service.split.salt);
  const ClusterIndex index = pick_cluster(service.split, service.effective, point);
  const SnapshotCluster& cluster = service.clusters[index];
  const SnapshotEndpoints& endpoints = *cluster.endpoints;
  const auto view = [&](std::uint32_t i) { return Candidate{.available = endpoints[i].healthy}; };
  const auto pick = Balancer{*cluster.weights, view, 0.5, random_}.pick(Balancing::kTwoChoices, 0);
  if (!pick) return;

  Weather here;
  if (const auto found = weather.find(cluster.name); found != weather.end()) here = found->second;
  const bool failed = point < here.failing_below && random_.unit() < here.failing;
  const bool slow = random_.unit() < here.slow;
  const Attempt attempt{workers_[worker].pin, worker, place, index,
                        pick->index,          failed, slow,  now + random_.below(400) * 1ms};
  cluster.counters->of(worker).attempts.add();
  if (random_.below(4) > 0) return account(attempt, now);
  in_flight_.push_back(attempt);
}

void Workers::account(const Attempt& attempt, Instant now) {
  const SnapshotCluster& cluster =
      attempt.pin->services[attempt.service]->clusters[attempt.cluster];
  CohortCell& cell = cluster.cohort->of(attempt.worker);
  cell.attempts.add();
  if (attempt.slow) cell.slow.add();
  if (!attempt.failed) return;
  cell.failures.add();
  ++failed_[cluster.name];
  const auto second = static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  auto& last = (*cluster.endpoints)[attempt.endpoint].cell->last_failure_second;
  if (last.exchange(second) != second) cell.failure_events.add();
}

std::uint64_t Workers::attempts_failed(const ClusterName& cluster) const {
  const auto found = failed_.find(cluster);
  return found == failed_.end() ? 0 : found->second;
}

}  // namespace crossfade
