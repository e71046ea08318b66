#pragma once

// One step of a migration: (value, event) -> (value, effects). PURE; the only place that changes a
// Migration.
//
// More for new is appended first and published when the journal has confirmed it; less for new is
// published first and appended until it sticks. Only healthy time moves a ramp. Rollback is legal
// in every stage, abort too.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/base/instant.h"
#include "config/base/result.h"
#include "proxy/migration/migration.h"

namespace crossfade {

// ---- events ----

// Time has passed and the gate has judged it.
struct Tick {
  Duration elapsed = 0s;
  Verdict verdict;
};

enum class Verb : std::uint8_t {
  kPause,
  kResume,
  kPromoteStep,  // to the next checkpoint, now
  kPromoteFull,  // to the whole, now; the last bake still has to pass
  kAbort,        // ends the migration; shares stay where they are
  kRollBack,     // targets to zero
};
std::string_view to_string(Verb verb);

struct Command {
  Verb verb = Verb::kPause;
  Because because;
};

// The journal has the record of this revision, or has refused it.
struct Journaled {
  std::uint64_t revision = 0;
};
struct JournalFailed {
  std::uint64_t revision = 0;
  std::string why;
};

// Every worker serves a Snapshot with the Publish of this revision.
struct Adopted {
  std::uint64_t revision = 0;
};

using Event = std::variant<Tick, Command, Journaled, JournalFailed, Adopted>;

// ---- effects, to be carried out in order ----

// Append the migration as it will be (its shares included, see shares_of) and the Split that these
// shares make, together. Answer with Journaled or JournalFailed of record.revision.
struct AppendJournal {
  Migration record;
};

// Publish these shares in one Snapshot. Answer with Adopted of this revision.
struct Publish {
  std::uint64_t revision = 0;
  std::vector<ClusterShare> shares;
};

using Effect = std::variant<AppendJournal, Publish>;

struct Step {
  Migration migration;
  std::vector<Effect> effects;
};

// A migration that begins from the shares in force (all clusters of the service, in any order). Its
// first record is appended; nothing is published, as no share changes. `baseline`: what is on
// record of the sources, if anything. Requires: validate_spec found nothing; can_begin().
Step begin(MigrationSpec spec, const std::vector<ClusterShare>& now_in_force,
           const Baseline& baseline, const Because& because, WallTime now);

// Errors: kConflict when the targets carry everything already, or something in another proportion
// than asked for.
Result<void> can_begin(const MigrationSpec& spec, const std::vector<ClusterShare>& now_in_force);

// Errors only for commands: kConflict when the stage refuses the verb, with what can be done
// instead. Commands that ask for what is so already succeed without effects.
Result<Step> step(Migration migration, const Event& event, WallTime now);

// As read from the journal after a restart: holds until the gate has a fresh window. `carried` is
// the share of the targets in the Split on record; the lower of both is in force and has to be
// published as revision `revision`, so that Adopted of it can be answered.
Migration recovered(Migration record, Share carried);

}  // namespace crossfade
