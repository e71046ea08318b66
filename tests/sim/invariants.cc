#include "tests/sim/invariants.h"

#include <algorithm>

#include "config/limits.h"

namespace crossfade {

namespace {

std::uint64_t sum_of(const std::vector<Share>& shares) {
  std::uint64_t sum = 0;
  for (const Share share : shares) sum += share.ppm();
  return sum;
}

const Migration* holder_of(const Controller& controller, const ServiceName& service) {
  for (const Migration* migration : controller.migrations()) {
    if (migration->service() == service && migration->holds_service()) return migration;
  }
  return nullptr;
}

const SnapshotService* find_service(const Snapshot& snapshot, const ServiceName& name) {
  for (const auto& service : snapshot.services) {
    if (service->config->name == name) return service.get();
  }
  return nullptr;
}

}  // namespace

Share share_in(const SnapshotService& service, const std::vector<MigrationTarget>& targets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < service.clusters.size(); ++i) {
    if (std::ranges::find(targets, service.clusters[i].name, &MigrationTarget::cluster) ==
        targets.end())
      continue;
    sum += service.desired[i].ppm();
  }
  return Share::from_ppm(sum);
}

std::optional<Share> share_on_disk(const Disk& disk, const ServiceName& service,
                                   const std::vector<MigrationTarget>& targets) {
  for (const JournalRecord& record : disk.newest()) {
    const auto* split = std::get_if<SplitRecord>(&record);
    if (split == nullptr || split->service != service) continue;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < split->intervals.size(); ++i) {
      const auto& interval = split->intervals[i];
      const std::uint32_t end =
          i + 1 < split->intervals.size() ? split->intervals[i + 1].begin : Share::kWhole;
      if (std::ranges::find(targets, interval.owner, &MigrationTarget::cluster) == targets.end())
        continue;
      sum += end - interval.begin;
    }
    return Share::from_ppm(sum);
  }
  return std::nullopt;
}

void Invariants::expect(bool holds, const std::string& what) {
  if (!holds && broken_.empty()) broken_ = what;
}

void Invariants::on_publish(const Snapshot& snapshot, const Controller& controller) {
  const auto before = published_;
  published_ = controller.snapshot();
  expect(before == nullptr || snapshot.version > before->version, "versions grow");
  for (const auto& service : snapshot.services) {
    check_shares(*service);
    const SnapshotService* old =
        before == nullptr ? nullptr : find_service(*before, service->config->name);
    if (old == nullptr) continue;
    check_cohorts(*old, *service);
    check_keys(*old, *service);
    check_raise(*old, *service, controller);
  }
}

void Invariants::check_shares(const SnapshotService& service) {
  expect(sum_of(service.desired) == Share::kWhole, "1: desired shares add up to the whole");
  expect(sum_of(service.effective) == Share::kWhole, "1: effective shares add up to the whole");
  expect(service.clusters.size() == service.config->clusters.size(),
         "1: clusters are those of the config");
  for (const auto& interval : service.split.assignment.intervals()) {
    expect(interval.owner < service.clusters.size(), "1: every owner exists");
  }
}

void Invariants::check_cohorts(const SnapshotService& before, const SnapshotService& after) {
  expect(after.split.revision >= before.split.revision, "6: revisions grow");
  const bool is_same = after.split.revision == before.split.revision;
  for (const SnapshotCluster& cluster : after.clusters) {
    const auto old = std::ranges::find(before.clusters, cluster.name, &SnapshotCluster::name);
    if (old == before.clusters.end()) continue;
    expect((old->cohort == cluster.cohort) == is_same, "6: one cohort for each split revision");
    expect(old->counters == cluster.counters, "6: counters outlive snapshots");
  }
}

// A key of a cluster that does not shrink stays there.
void Invariants::check_keys(const SnapshotService& before, const SnapshotService& after) {
  for (KeyPoint point = 0; point < Share::kWhole; point += 4999) {
    const ClusterName& owner = before.clusters[before.split.assignment.owner_of(point)].name;
    const ClusterName& next = after.clusters[after.split.assignment.owner_of(point)].name;
    if (owner == next) continue;
    const std::vector<MigrationTarget> there = {{owner, 1}};
    expect(share_in(after, there) < share_in(before, there),
           "4: no key leaves a cluster that does not shrink");
  }
}

void Invariants::check_raise(const SnapshotService& before, const SnapshotService& after,
                             const Controller& controller) {
  const Migration* holder = holder_of(controller, after.config->name);
  if (holder == nullptr) return;
  if (share_in(after, holder->spec.targets) <= share_in(before, holder->spec.targets)) return;
  const bool has_consent = holder->verdict.kind == Verdict::Kind::kProceed;
  expect(has_consent || operator_acts_,
         "3: new gets more only with the gate's or an operator's consent");
  expect(holder->stage == Stage::kShifting, "3: new gets more only while shifting");
}

void Invariants::after_tick(const Controller& controller, const Disk& disk, std::uint64_t adopted) {
  const VersionView versions = controller.versions();
  expect(versions.adopted <= versions.published && versions.published <= versions.decided,
         "2: adopted <= published <= decided");
  expect(versions.adopted <= adopted, "2: adopted is what the slowest worker has");
  for (const Migration* migration : controller.migrations()) {
    const SnapshotService* service = find_service(*controller.snapshot(), migration->service());
    if (service == nullptr || !migration->holds_service()) continue;
    const auto& targets = migration->spec.targets;
    const Share published = share_in(*service, targets);
    const auto rounded =
        static_cast<std::uint32_t>(targets.size() - 1);  // down, each target but one at most
    expect(published <= migration->share && migration->share.ppm() <= published.ppm() + rounded,
           "3: what is in force is what was published");
    if (migration->stage == Stage::kRollingBack)
      expect(published == Share{}, "3: a rollback is at zero at once");
    if (published == Share{}) continue;
    const auto on_disk = share_on_disk(disk, migration->service(), targets);
    expect(on_disk && published <= *on_disk, "2: published share of new <= journaled share");
  }
  operator_acts_ = operator_acts_ &&
                   std::ranges::any_of(controller.migrations(), [](const Migration* migration) {
                     return migration->raise.has_value();
                   });
}

void Invariants::on_accepted(const EndpointSet& set, bool is_first, const SourceModel& source,
                             Instant now) {
  if (!set.empty()) return;
  const bool says_so = source.empty_since != Instant::max();
  // A process that knows nothing yet has nothing to lose.
  const bool for_long = is_first || (says_so && now - source.empty_since >= limits::kLossHold);
  expect(says_so && for_long,
         "7: an empty set is accepted only when its source has said so for long");
}

void Invariants::on_restart(const Controller& controller, const Disk& disk) {
  for (const JournalRecord& record : disk.newest()) {
    const auto* kept = std::get_if<MigrationRecord>(&record);
    if (kept == nullptr || !kept->migration.holds_service()) continue;
    const Migration& on_record = kept->migration;
    const SnapshotService* service = find_service(*controller.snapshot(), on_record.service());
    const Migration* now = controller.migration(on_record.name());
    expect(service != nullptr && now != nullptr, "5: a restart finds the migration");
    if (service == nullptr || now == nullptr) continue;
    const Share published = share_in(*service, on_record.spec.targets);
    const auto on_disk = share_on_disk(disk, on_record.service(), on_record.spec.targets);
    expect(published <= on_record.share, "5: share of new <= the migration on record");
    expect(on_disk && published <= *on_disk, "5: share of new <= the split on record");
    expect(now->verdict.kind == Verdict::Kind::kHold, "5: the first verdict is hold");
  }
}

}  // namespace crossfade
