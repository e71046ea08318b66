// What operators ask for: weights by hand, and migrations.

#include <algorithm>
#include <utility>

#include "config/limits.h"
#include "proxy/control/controller.h"

namespace crossfade {

namespace {

Error not_found(std::string message) {
  return {ErrorCode::kNotFound, Side::kClient, Retry::kNever, std::move(message)};
}

Error conflict(std::string message) {
  return {ErrorCode::kConflict, Side::kClient, Retry::kNever, std::move(message)};
}

Error unavailable(const Error& why) {
  return {ErrorCode::kUnavailable, Side::kSelf, Retry::kYes, why.message};
}

std::string sentence(std::span<const FieldError> errors) {
  std::string text;
  for (const FieldError& error : errors) {
    text += (text.empty() ? "" : "; ") + error.pointer + ": expected " + error.expected;
  }
  return text;
}

Result<std::vector<Share>> wanted_shares(const ServiceState& service,
                                         const Controller::Weights& weights) {
  std::vector<std::uint32_t> ordered(service.config->clusters.size(), 0);
  for (const auto& [cluster, weight] : weights) {
    const auto place = find_cluster(*service.config, cluster);
    if (!place)
      return invalid("service " + service.config->name.str() + " has no cluster " + cluster.str());
    ordered[*place] = weight;
  }
  return shares_of_weights(ordered);
}

}  // namespace

// ---- weights by hand ----

void Controller::set_weights(const ServiceName& name, const Weights& weights,
                             std::optional<std::uint64_t> expected_revision, Because because,
                             Done done) {
  ServiceState* service = find_service(name);
  if (service == nullptr) return done(not_found("there is no service " + name.str()));
  const auto shares = wanted_shares(*service, weights);
  if (!shares) return done(shares.error());
  if (auto free = check_free(*service, expected_revision); !free) return done(free.error());

  Split split = service->split;
  split.assignment = split.assignment.moved_to(*shares);
  if (split.assignment == service->split.assignment) return done(change_of(*service));
  split.revision = service->next_revision();
  const auto from = named_shares(*service->config, service->split);
  const auto to = named_shares(*service->config, split);
  if (!service->home || !only_returns(from, to, *service->home)) {
    return raise(*service, std::move(split), std::move(because), std::move(done));
  }
  if (to == *service->home) service->home.reset();
  change_split(*service, std::move(split), {}, because);
  journal_split(*service, because);
  finish();
  done(change_of(*service));
}

Result<void> Controller::check_free(const ServiceState& service,
                                    std::optional<std::uint64_t> expected_revision) const {
  if (expected_revision && *expected_revision != service.split.revision) {
    return conflict("the weights have changed since: they are at revision " +
                    std::to_string(service.split.revision) + ", not " +
                    std::to_string(*expected_revision));
  }
  if (const Migration* holder = holder_of(service.config->name)) {
    return conflict("migration " + holder->name().str() +
                    " holds the service; abort or finish that first");
  }
  if (service.raise)
    return conflict(
        "another change of these weights waits for the journal; try again when it is done");
  return {};
}

// Appended first: what the journal does not know is not tried.
void Controller::raise(ServiceState& service, Split split, Because because, Done done) {
  SplitRecord record = split_record(*service.config, split);
  record.because = because;
  record.at = doors_.clock.wall();
  const auto answer = [this, name = service.config->name, done](const Result<void>& outcome) {
    if (!outcome) return done(outcome.error());
    done(change_of(*find_service(name)));
  };
  const std::uint64_t revision = split.revision;
  service.raise = ServiceState::Raise{std::move(split), std::move(because), answer};
  service.to_journal.reset();  // an older split, which may not come behind this one
  append({std::move(record)},
         [this, name = service.config->name, revision](const Result<void>& outcome) {
           on_raise_journaled(name, revision, outcome);
         });
  finish();
}

void Controller::on_raise_journaled(const ServiceName& name, std::uint64_t revision,
                                    const Result<void>& outcome) {
  ServiceState* service = find_service(name);
  if (service == nullptr || !service->raise || service->raise->split.revision != revision) return;
  ServiceState::Raise raise = *std::exchange(service->raise, std::nullopt);
  if (outcome) {
    if (!service->home) service->home = named_shares(*service->config, service->split);
    change_split(*service, std::move(raise.split), {}, raise.because);
  } else {
    // The record may have survived the error; the next one takes it back.
    journal_split(*service, {"crossfade", "the journal refused a raise"});
  }
  finish();
  raise.done(outcome ? outcome : Result<void>(unavailable(outcome.error())));
}

// ---- migrations ----

void Controller::create_migration(MigrationSpec spec, Because because, Done done) {
  const ServiceState* service = find_service(spec.service);
  if (service == nullptr) return done(not_found("there is no service " + spec.service.str()));
  if (const auto errors = validate_spec(spec, *service->config); !errors.empty()) {
    return done(invalid(sentence(errors)));
  }
  if (migration(spec.name) != nullptr) {
    return done(
        conflict("migration " + spec.name.str() + " exists; delete it or choose another name"));
  }
  if (migrations_.size() >= limits::kMigrationsMax) {
    return done(conflict("there are " + std::to_string(migrations_.size()) +
                         " migrations; delete some that have ended"));
  }
  if (auto free = check_free(*service, std::nullopt); !free) return done(free.error());
  const auto in_force = named_shares(*service->config, service->split);
  if (auto can = can_begin(spec, in_force); !can) return done(can.error());

  Step begun = begin(std::move(spec), in_force, Baseline{}, because, doors_.clock.wall());
  MigrationState& state = migrations_[begun.migration.name()];
  state.migration = std::move(begun.migration);
  state.is_begun = false;
  state.waiting.push_back({state.migration.revision, std::move(done)});
  for (const SnapshotCluster& cluster : snapshot_->services[place_of(*service)]->clusters) {
    state.window.watch(cluster.name, cluster.cohort);
  }
  for (const Effect& effect : begun.effects) {
    std::visit([&](const auto& what) { carry_out(state, what); }, effect);
  }
  const Migration& created = state.migration;
  emit(StageChanged{created.name(), created.service(), created.stage, created.paused,
                    created.because});
  finish();
}

void Controller::delete_migration(const MigrationName& name, Because because, Done done) {
  const auto found = migrations_.find(name);
  if (found == migrations_.end()) return done(not_found("there is no migration " + name.str()));
  const Migration& migration = found->second.migration;
  if (migration.holds_service()) {
    return done(
        conflict("migration " + name.str() + " is under way; abort it or roll it back first"));
  }
  MigrationDeleted deleted{name, because, doors_.clock.wall()};
  append({std::move(deleted)},
         [this, removed = MigrationRemoved{name, migration.service(), because},
          done = std::move(done)](const Result<void>& outcome) {
           done(outcome ? forget(removed) : unavailable(outcome.error()));
         });
  finish();
}

// Its deletion is in the journal. Errors: kNotFound, and kConflict when a record is behind it.
Result<Change> Controller::forget(const MigrationRemoved& removed) {
  const std::string name = "migration " + removed.migration.str();
  const Migration* present = migration(removed.migration);
  if (present == nullptr) return not_found("there is no " + name);
  if (present->holds_service())
    return conflict(name + " was rolled back meanwhile; delete it when that is done");
  migrations_.erase(removed.migration);
  emit(removed);
  return Change{0, version_};
}

void Controller::command(const MigrationName& name, const Command& command, Done done) {
  const auto state = commanded(name, command);
  if (!state) return done(state.error());
  MigrationState& commanded = **state;
  if (auto taken = take(commanded, command); !taken) return done(taken.error());
  finish();
  // A raise is answered when the journal has it; all else holds already.
  const auto& raise = commanded.migration.raise;
  if (raise && raise->by_operator) {
    commanded.waiting.push_back({raise->revision, std::move(done)});
    return;
  }
  const ServiceState* service = find_service(commanded.migration.service());
  done(service == nullptr ? Change{0, version_} : change_of(*service));
}

// The migration, when it is in a state to be told anything.
Result<Controller::MigrationState*> Controller::commanded(const MigrationName& name,
                                                          const Command& command) {
  const auto found = migrations_.find(name);
  if (found == migrations_.end()) return not_found("there is no migration " + name.str());
  MigrationState& state = found->second;
  const Migration& migration = state.migration;
  if (!state.is_begun)
    return conflict("migration " + name.str() +
                    " waits for the journal; try again when it has begun");
  if (command.verb == Verb::kAbort) return &state;

  const ServiceState* service = find_service(migration.service());
  const auto is_known = [&](const ClusterShare& share) {
    return find_cluster(*service->config, share.cluster).has_value();
  };
  if (service == nullptr || !std::ranges::all_of(shares_of(migration), is_known)) {
    return conflict("migration " + name.str() + " needs service " + migration.service().str() +
                    " and its clusters, which the configuration does not have any more");
  }
  const Migration* holder = holder_of(migration.service());
  if (command.verb == Verb::kRollBack && holder != nullptr && holder != &migration) {
    return conflict("migration " + holder->name().str() +
                    " holds the service; abort or finish that first");
  }
  return &state;
}

}  // namespace crossfade
