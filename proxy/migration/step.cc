#include "proxy/migration/step.h"

#include <algorithm>
#include <utility>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {
namespace {

// One step under way: the value it changes, what has to be done, and when.
struct Stepping {
  Migration migration;
  std::vector<Effect> effects = {};
  WallTime now = {};

  void condition(std::string type, bool status, std::string reason, std::string message) {
    set_condition(migration, {std::move(type), status, std::move(reason), std::move(message), now});
  }

  // The next revision goes to the journal, with `share` as the record's.
  void append(Share share) {
    ++migration.revision;
    append_present(share);
  }

  // Once more, or first: the present revision goes to the journal.
  void append_present(Share share) {
    migration.updated = now;
    migration.append_again_in.reset();
    migration.healthy_time_saved = migration.healthy_time;
    AppendJournal append{migration};
    append.record.share = share;
    effects.push_back(std::move(append));
  }

  // Requires: the record of `revision` is in the journal, or this takes from the targets.
  void publish(Share share, std::uint64_t revision) {
    const std::size_t passed = checkpoints_within(migration.spec.ramp, migration.share);
    migration.share = share;
    migration.published_revision = revision;
    if (checkpoints_within(migration.spec.ramp, share) > passed) begin_checkpoint(migration.gate);
    effects.push_back(Publish{revision, shares_of(migration)});
  }

  // Append first; publish when the journal has it.
  void raise(Share share, Duration healthy_time, bool by_operator) {
    append(share);
    std::get<AppendJournal>(effects.back()).record.healthy_time = healthy_time;
    migration.raise = PendingRaise{migration.revision, share, by_operator, healthy_time};
  }

  void enter(Stage stage, const Because& because) {
    migration.stage = stage;
    migration.paused = false;
    migration.because = because;
    migration.raise.reset();
    const bool progressing = !is_terminal(stage);
    condition("Progressing", progressing, std::string(to_string(stage)), because.why);
  }

  // Publish first; append until it sticks.
  void roll_back(const Because& because) {
    if (migration.stage == Stage::kRollingBack || migration.stage == Stage::kRolledBack) return;
    enter(Stage::kRollingBack, because);
    publish(Share{}, migration.revision + 1);
    append(Share{});
  }

  void end(Stage stage, const Because& because) {
    enter(stage, because);
    append(migration.share);
  }

  Step done() { return {std::move(migration), std::move(effects)}; }
};

Error refused(std::string message) {
  return {ErrorCode::kConflict, Side::kClient, Retry::kNever, std::move(message)};
}

bool is_proceeding(const Migration& migration) {
  return migration.verdict.kind == Verdict::Kind::kProceed && !migration.paused;
}

// Healthy time up to the next checkpoint, but never past it: it has to be in force and judged
// first.
void advance_healthy_time(Migration& migration, Duration elapsed) {
  migration.healthy_time += std::min(elapsed, limits::kHealthyTimePerTickMax);
  const std::size_t next = checkpoints_within(migration.spec.ramp, migration.share);
  if (next == checkpoint_count(migration.spec.ramp)) return;
  migration.healthy_time =
      std::min(migration.healthy_time, checkpoint_time(migration.spec.ramp, next));
}

void shift(Stepping& stepping, Duration elapsed) {
  Migration& migration = stepping.migration;
  // A lost journal stops the clock of the ramp: what it does not know cannot be built on.
  if (!is_proceeding(migration) || migration.journaled_revision < migration.revision) return;
  advance_healthy_time(migration, elapsed);
  const Share allowed = share_at(migration.spec.ramp, migration.healthy_time);
  if (allowed > migration.share) {
    stepping.raise(allowed, migration.healthy_time, false);
  } else if (migration.share == Share::whole() &&
             migration.healthy_time >= finish_time(migration.spec.ramp)) {
    stepping.end(Stage::kSucceeded, {"gate", "the ramp reached its end with the gate's consent"});
  } else if (migration.healthy_time - migration.healthy_time_saved >=
             limits::kHealthyTimeUnsavedMax) {
    stepping.append(migration.share);
  }
}

void show_verdict(Stepping& stepping, const Verdict& verdict) {
  Migration& migration = stepping.migration;
  migration.verdict = verdict;
  const bool harm = verdict.kind == Verdict::Kind::kRollBack;
  stepping.condition("Healthy", !harm, harm ? "Harm" : "NoHarmSeen", verdict.because);
  if (migration.paused) return;
  const bool proceeds = verdict.kind == Verdict::Kind::kProceed;
  stepping.condition("Progressing", proceeds, proceeds ? "Proceeding" : "Holding", verdict.because);
}

void append_again_if_due(Stepping& stepping, Duration elapsed) {
  Migration& migration = stepping.migration;
  if (!migration.append_again_in) return;
  *migration.append_again_in -= elapsed;
  if (*migration.append_again_in <= 0s) stepping.append_present(migration.share);
}

void on_event(Stepping& stepping, const Tick& tick) {
  append_again_if_due(stepping, tick.elapsed);
  if (stepping.migration.stage != Stage::kShifting) return;
  show_verdict(stepping, tick.verdict);
  if (tick.verdict.kind == Verdict::Kind::kRollBack) {
    stepping.roll_back({"gate", tick.verdict.because});
  } else {
    shift(stepping, tick.elapsed);
  }
}

void on_event(Stepping& stepping, const Journaled& journaled) {
  Migration& migration = stepping.migration;
  migration.journaled_revision = std::max(migration.journaled_revision, journaled.revision);
  stepping.condition("Journaled", true, "Confirmed", {});
  if (!migration.raise || migration.raise->revision != journaled.revision) return;
  const PendingRaise raise = *std::exchange(migration.raise, std::nullopt);
  if (raise.by_operator || is_proceeding(migration)) {
    migration.healthy_time = std::max(migration.healthy_time, raise.healthy_time);
    stepping.publish(raise.share, raise.revision);
  } else {
    // The gate thought better of it: the journal must not say more than is in force.
    stepping.append(migration.share);
  }
}

void on_event(Stepping& stepping, const JournalFailed& failed) {
  Migration& migration = stepping.migration;
  stepping.condition("Journaled", false, "Refused", failed.why);
  if (migration.raise && migration.raise->revision == failed.revision) migration.raise.reset();
  if (failed.revision == migration.revision) migration.append_again_in = limits::kJournalRetry;
}

void on_event(Stepping& stepping, const Adopted& adopted) {
  Migration& migration = stepping.migration;
  migration.adopted_revision = std::max(migration.adopted_revision, adopted.revision);
}

// A rollback is over when every worker serves it and a restart would find it.
void settle(Stepping& stepping) {
  const Migration& migration = stepping.migration;
  if (migration.stage != Stage::kRollingBack) return;
  if (migration.adopted_revision < migration.published_revision) return;
  if (migration.journaled_revision < migration.published_revision) return;
  stepping.end(Stage::kRolledBack, Because{migration.because});
}

// ---- commands ----

Result<void> refuse_unless_shifting(const Migration& migration, Verb verb) {
  if (migration.stage == Stage::kShifting) return {};
  const std::string what = std::string(to_string(verb)) + ": migration " + migration.name().str();
  if (migration.stage == Stage::kRollingBack) {
    return refused(what +
                   " is rolling back; wait until it has, or abort it, and create a new migration");
  }
  return refused(what + " has ended (" + std::string(to_string(migration.stage)) +
                 "); create a new migration" +
                 (migration.share.ppm() > 0 ? ", or roll it back" : ""));
}

void set_paused(Stepping& stepping, bool paused, const Because& because) {
  Migration& migration = stepping.migration;
  if (migration.paused == paused) return;
  migration.paused = paused;
  migration.because = because;
  migration.raise.reset();
  stepping.condition("Progressing", !paused, paused ? "Paused" : "Resumed", because.why);
  stepping.append(migration.share);
}

// The operator takes the place of the gate's consent, once.
void promote(Stepping& stepping, bool full, const Because& because) {
  Migration& migration = stepping.migration;
  const Ramp& ramp = migration.spec.ramp;
  const Share share =
      migration.raise && migration.raise->by_operator ? migration.raise->share : migration.share;
  const std::size_t count = checkpoint_count(ramp);
  const std::size_t next = checkpoints_within(ramp, share);
  if (next == count) {
    if (full || migration.healthy_time >= finish_time(ramp)) return;
    migration.healthy_time = finish_time(ramp);  // nothing but the last bake was left
    migration.because = because;
    if (!migration.raise) stepping.append(migration.share);
    return;
  }
  const std::size_t to = full ? count - 1 : next;
  migration.because = because;
  // Of no effect before the journal has it: a promotion that it refuses must leave no jump behind.
  const Duration healthy_time = std::max(migration.healthy_time, checkpoint_time(ramp, to));
  stepping.raise(checkpoint_share(ramp, to), healthy_time, true);
}

Result<void> on_command(Stepping& stepping, const Command& command) {
  const Migration& migration = stepping.migration;
  switch (command.verb) {
    case Verb::kRollBack: stepping.roll_back(command.because); return {};
    case Verb::kAbort:
      if (!is_terminal(migration.stage)) stepping.end(Stage::kAborted, command.because);
      return {};
    default: break;
  }
  if (const auto allowed = refuse_unless_shifting(migration, command.verb); !allowed)
    return allowed;
  switch (command.verb) {
    case Verb::kPause: set_paused(stepping, true, command.because); break;
    case Verb::kResume: set_paused(stepping, false, command.because); break;
    case Verb::kPromoteStep: promote(stepping, false, command.because); break;
    case Verb::kPromoteFull: promote(stepping, true, command.because); break;
    default: break;
  }
  return {};
}

}  // namespace

std::string_view to_string(Verb verb) {
  switch (verb) {
    case Verb::kPause: return "pause";
    case Verb::kResume: return "resume";
    case Verb::kPromoteStep: return "promote";
    case Verb::kPromoteFull: return "promote full";
    case Verb::kAbort: return "abort";
    case Verb::kRollBack: return "rollback";
  }
  return "unknown";
}

Result<Step> step(Migration migration, const Event& event, WallTime now) {
  Stepping stepping{.migration = std::move(migration), .now = now};
  if (const Command* command = std::get_if<Command>(&event)) {
    if (auto done = on_command(stepping, *command); !done) return done.error();
  } else {
    std::visit(
        [&](const auto& other) {
          if constexpr (!std::is_same_v<decltype(other), const Command&>) on_event(stepping, other);
        },
        event);
  }
  settle(stepping);
  return stepping.done();
}

}  // namespace crossfade
