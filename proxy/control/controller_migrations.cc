// Migrations under way: evidence in, effects out. What they decide is decided in step(); here it is
// carried out.

#include <algorithm>
#include <utility>

#include "proxy/control/controller.h"

namespace crossfade {

// ---- judging ----

void Controller::judge_migrations(Instant now) {
  for (auto& [name, state] : migrations_) {
    const Migration& migration = state.migration;
    const ServiceState* service = find_service(migration.service());
    if (service == nullptr || !state.is_begun) continue;
    const Duration elapsed = now - std::exchange(state.looked_at, now);
    Tick tick{elapsed, migration.verdict};
    if (migration.stage == Stage::kShifting) {
      tick.verdict = verdict_on(state, *service, elapsed);
    } else if (!migration.append_again_in) {
      continue;
    }
    static_cast<void>(take(state, tick));  // only commands are refused
  }
}

Verdict Controller::verdict_on(MigrationState& state, const ServiceState& service,
                               Duration elapsed) {
  const auto& targets = state.migration.spec.targets;
  const auto in_force = named_shares(*service.config, service.split);
  const auto is_judged = [&](const ClusterName& cluster) {
    return std::ranges::find(targets, cluster, &MigrationTarget::cluster) != targets.end() ||
           std::ranges::find(in_force, cluster, &ClusterShare::cluster)->share.ppm() > 0;
  };
  for (std::size_t i = 0; i < service.clusters.size(); ++i) {
    const ClusterName& cluster = service.config->clusters[i].name;
    if (service.clusters[i].is_known || !is_judged(cluster)) continue;
    // After a restart a slow source is no reason to roll back: nobody said that the endpoints are
    // gone. What happens until it answers is no evidence: the time that it took is not known.
    state.window.look();
    return Verdict{.because = "the endpoints of cluster " + cluster.str() +
                              " are not known yet; GET /v1/services/" + service.config->name.str() +
                              " says why"};
  }
  const Look look = look_at(state, *snapshot_->services[place_of(service)], elapsed);
  return judge(state.migration.spec.gate, state.migration.gate, look);
}

Look Controller::look_at(MigrationState& state, const SnapshotService& service,
                         Duration elapsed) const {
  const auto& targets = state.migration.spec.targets;
  const auto counted = state.window.look();
  const double seconds = std::chrono::duration<double>(elapsed).count();
  Look look;
  look.elapsed = elapsed;
  look.targets.resize(targets.size());
  for (std::size_t i = 0; i < service.clusters.size(); ++i) {
    const SnapshotCluster& cluster = service.clusters[i];
    Evidence evidence;
    if (const auto found = counted.find(cluster.name); found != counted.end()) {
      evidence.attempts = found->second.attempts;
      evidence.failures = found->second.failures;
      evidence.failure_events = found->second.failure_events;
      evidence.slow = found->second.slow;
    }
    evidence.healthy_endpoints = count_healthy(*cluster.endpoints, registry_->workers());
    if (service.desired[i].ppm() > 0)
      evidence.endpoint_seconds = evidence.healthy_endpoints * seconds;

    const auto target = std::ranges::find(targets, cluster.name, &MigrationTarget::cluster);
    if (target != targets.end()) {
      look.targets[static_cast<std::size_t>(target - targets.begin())] = {service.desired[i],
                                                                          evidence};
    } else {
      const std::uint32_t healthy = look.old_side.healthy_endpoints + evidence.healthy_endpoints;
      look.old_side += evidence;
      look.old_side.healthy_endpoints = healthy;
    }
  }
  return look;
}

void Controller::note_adoptions() {
  for (auto& [name, state] : migrations_) {
    if (state.published_in == 0 || state.published_in > adopted_) continue;
    state.published_in = 0;
    static_cast<void>(take(state, Adopted{state.migration.published_revision}));
  }
}

// ---- deciding ----

// One step; its effects are done by the next finish(). Errors: as step().
Result<void> Controller::take(MigrationState& state, const Event& event) {
  auto stepped = step(state.migration, event, doors_.clock.wall());
  if (!stepped) return stepped.error();
  const Migration before = std::exchange(state.migration, std::move(stepped->migration));
  for (const Effect& effect : stepped->effects) {
    std::visit([&](const auto& what) { carry_out(state, what); }, effect);
  }
  const Migration& now = state.migration;
  if (is_terminal(now.stage)) state.window = {};
  if (now.verdict.kind != before.verdict.kind)
    emit(VerdictChanged{now.name(), now.service(), now.verdict});
  if (now.stage != before.stage || now.paused != before.paused) {
    emit(StageChanged{now.name(), now.service(), now.stage, now.paused, now.because});
  }
  return {};
}

// ---- effects ----

void Controller::carry_out(MigrationState& state, const AppendJournal& effect) {
  std::vector<JournalRecord> records;
  ServiceState* service = find_service(effect.record.service());
  state.prepared.reset();
  // A raise by hand that waits (this migration has ended) has appended the newer split.
  if (service != nullptr && !service->raise) {
    Split split = service->split;
    // After its end shares may have been set by hand, which is none of its business.
    if (effect.record.holds_service()) {
      split.assignment =
          split.assignment.moved_to(ordered_shares(*service->config, shares_of(effect.record)));
    }
    if (split.assignment != service->split.assignment) {
      split.revision = service->next_revision();
      state.prepared = split;
    }
    SplitRecord record = split_record(*service->config, split);
    record.because = effect.record.because;
    record.migration = effect.record.name();
    record.at = doors_.clock.wall();
    service->to_journal.reset();  // an older split, which may not come behind this one
    records.emplace_back(std::move(record));
  }
  records.emplace_back(MigrationRecord{effect.record});
  append(std::move(records),
         [this, name = effect.record.name(), revision = effect.record.revision](
             const Result<void>& outcome) { on_journaled(name, revision, outcome); });
}

void Controller::carry_out(MigrationState& state, const Publish& effect) {
  ServiceState* service = find_service(state.migration.service());
  VERIFY(service != nullptr);  // a migration without its service is never ticked nor commanded
  state.published_in = version_ + 1;
  changed_.insert(place_of(*service));  // a new version, so that its adoption can be told
  const auto shares = ordered_shares(*service->config, effect.shares);
  Split split = service->split;
  if (state.prepared && state.prepared->assignment.shares(shares.size()) == shares) {
    split = std::move(*state.prepared);
  } else {
    split.assignment = split.assignment.moved_to(shares);
    if (split.assignment != service->split.assignment) split.revision = service->next_revision();
  }
  state.prepared.reset();
  if (service->raise) {  // an ended migration is rolled back: what waits was a step from here
    const auto raise = std::exchange(service->raise, std::nullopt);
    const std::string why =
        "migration " + state.migration.name().str() + " was rolled back meanwhile";
    raise->done(Error{ErrorCode::kConflict, Side::kClient, Retry::kNever, why});
  }
  if (split.assignment == service->split.assignment) return;
  service->home.reset();
  change_split(*service, std::move(split), state.migration.name(), state.migration.because);
}

void Controller::on_journaled(const MigrationName& migration, std::uint64_t revision,
                              const Result<void>& outcome) {
  const auto found = migrations_.find(migration);
  if (found == migrations_.end()) return;
  MigrationState& state = found->second;
  if (!state.is_begun && !outcome) return give_up_creation(state, outcome.error());
  if (!std::exchange(state.is_begun, true)) state.looked_at = doors_.clock.now();

  if (outcome) {
    static_cast<void>(take(state, Journaled{revision}));
  } else {
    static_cast<void>(take(state, JournalFailed{revision, outcome.error().message}));
  }
  const auto is_answered = [&](const Waiting& waiting) { return waiting.revision <= revision; };
  std::vector<Done> answered;
  for (const Waiting& waiting : state.waiting) {
    if (is_answered(waiting)) answered.push_back(waiting.done);
  }
  std::erase_if(state.waiting, is_answered);
  const ServiceState* service = find_service(state.migration.service());
  finish();
  for (const Done& done : answered) {
    if (!outcome) {
      done(Error{ErrorCode::kUnavailable, Side::kSelf, Retry::kYes, outcome.error().message});
    } else {
      done(service == nullptr ? Change{0, version_} : change_of(*service));
    }
  }
}

// The first record was refused. It may be in the journal all the same, so it is taken back there
// too.
void Controller::give_up_creation(MigrationState& state, const Error& error) {
  const std::vector<Waiting> waiting = std::move(state.waiting);
  MigrationDeleted deleted{state.migration.name(), state.migration.because, doors_.clock.wall()};
  const ServiceName held = state.migration.service();
  migrations_.erase(MigrationName{deleted.migration});
  append({std::move(deleted)}, [](const Result<void>&) {});
  if (ServiceState* service = find_service(held)) {
    // What it appended may have been ahead of a cut that the journal does not have yet.
    journal_split(*service, {"crossfade", "the journal refused a migration"});
  }
  for (const Waiting& each : waiting) {
    each.done(Error{ErrorCode::kUnavailable, Side::kSelf, Retry::kYes, error.message});
  }
}

}  // namespace crossfade
