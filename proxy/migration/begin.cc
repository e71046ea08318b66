#include <algorithm>
#include <utility>

#include "config/base/verify.h"
#include "proxy/migration/step.h"

namespace crossfade {
namespace {

Share share_of(const std::vector<ClusterShare>& shares, const ClusterName& name) {
  for (const auto& [cluster, share] : shares) {
    if (cluster == name) return share;
  }
  return Share{};
}

// The migration as it would be with these shares in force; nothing has happened to it yet.
Migration first_value(MigrationSpec spec, const std::vector<ClusterShare>& now_in_force) {
  Migration migration;
  migration.spec = std::move(spec);
  std::uint32_t carried = 0;
  for (const MigrationTarget& target : migration.spec.targets) {
    carried += share_of(now_in_force, target.cluster).ppm();
  }
  for (const ClusterShare& share : now_in_force) {
    const auto is_target = [&](const MigrationTarget& target) {
      return target.cluster == share.cluster;
    };
    const auto& targets = migration.spec.targets;
    if (std::none_of(targets.begin(), targets.end(), is_target)) migration.sources.push_back(share);
  }
  migration.share = Share::from_ppm(carried);
  migration.healthy_time = time_to_begin(migration.spec.ramp, migration.share);
  // A target that has traffic already must show itself before it gets more.
  if (carried > 0) begin_checkpoint(migration.gate);
  return migration;
}

}  // namespace

Result<void> can_begin(const MigrationSpec& spec, const std::vector<ClusterShare>& now_in_force) {
  const Migration migration = first_value(spec, now_in_force);
  const auto refused = [](std::string message) {
    return Error{ErrorCode::kConflict, Side::kClient, Retry::kNever, std::move(message)};
  };
  if (migration.sources.empty() || migration.share == Share::whole()) {
    return refused("the targets carry all traffic already: there is nothing to move");
  }
  for (const auto& [cluster, share] : shares_of(migration)) {
    if (share == share_of(now_in_force, cluster)) continue;
    return refused(
        "the targets carry traffic in another proportion than asked for: cluster " + cluster.str() +
        " would change at once; set its weight to 0, or the proportions to what they are");
  }
  return {};
}

Step begin(MigrationSpec spec, const std::vector<ClusterShare>& now_in_force,
           const Baseline& baseline, const Because& because, WallTime now) {
  VERIFY(can_begin(spec, now_in_force));
  Migration migration = first_value(std::move(spec), now_in_force);
  migration.gate.baseline = baseline;
  migration.because = because;
  migration.created = now;
  migration.updated = now;
  migration.revision = 1;
  set_condition(migration, {"Progressing", false, "Holding", migration.verdict.because, now});
  AppendJournal first{migration};
  return {std::move(migration), {std::move(first)}};
}

Migration recovered(Migration record, Share carried) {
  if (carried < record.share) {
    record.share = carried;
    record.healthy_time = std::min(record.healthy_time, time_to_begin(record.spec.ramp, carried));
  }
  if (!is_terminal(record.stage)) record.verdict = Verdict{};
  record.raise.reset();
  record.gate = surviving(record.gate);
  if (record.share.ppm() > 0) begin_checkpoint(record.gate);
  record.journaled_revision = record.revision;
  record.published_revision = record.revision;
  record.adopted_revision = 0;
  record.append_again_in.reset();
  record.healthy_time_saved = record.healthy_time;
  return record;
}

}  // namespace crossfade
