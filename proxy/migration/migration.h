#pragma once

// A migration as a value: what was asked for, how far it is, and why. PURE: this folder has no
// clock, no socket and no logger. spec -> begin() -> step() with each event (step.h); judged by
// gate.h along ramp.h; kept by journal_record.h. Owned by the control thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"
#include "config/config.h"
#include "proxy/migration/gate.h"
#include "proxy/migration/ramp.h"

namespace crossfade {

// Who changes something, why, and from where.
struct Because {
  std::string who;
  std::string why;
  std::string from = {};
  friend bool operator==(const Because&, const Because&) = default;
};

// A cluster that traffic moves to; several divide the ramp's share in proportion.
struct MigrationTarget {
  ClusterName cluster;
  std::uint32_t proportion = 1;
  friend bool operator==(const MigrationTarget&, const MigrationTarget&) = default;
};

struct ClusterShare {
  ClusterName cluster;
  Share share;
  friend bool operator==(const ClusterShare&, const ClusterShare&) = default;
};

// What the API takes. Clusters of the service that are no targets are the sources.
struct MigrationSpec {
  MigrationName name;
  ServiceName service;
  std::vector<MigrationTarget> targets;
  Ramp ramp;
  GateSettings gate = {};
  friend bool operator==(const MigrationSpec&, const MigrationSpec&) = default;
};

// All that is wrong with a spec, by JSON pointer ("/targets/0/cluster"); empty when it may begin.
std::vector<FieldError> validate_spec(const MigrationSpec& spec, const ServiceConfig& service);

enum class Stage : std::uint8_t {
  kShifting,     // along the ramp
  kRollingBack,  // targets are cut to zero; until every worker has adopted it and the journal has
                 // it
  kRolledBack,
  kAborted,    // ended by an operator; shares stay where they were
  kSucceeded,  // the ramp reached its end with the gate's consent
};
std::string_view to_string(Stage stage);
bool is_terminal(Stage stage);

// One thing that holds or does not, in the shape that Kubernetes made usual.
struct Condition {
  std::string type;  // "Progressing", "Healthy", "Journaled"
  bool status = false;
  std::string reason;  // one word: "Proceeding", "Holding", "Paused", ...
  std::string message;
  WallTime last_transition = {};  // of the status
  friend bool operator==(const Condition&, const Condition&) = default;
};

// A raise that waits for the journal.
struct PendingRaise {
  std::uint64_t revision = 0;  // of the record that must be confirmed
  Share share;                 // published then
  bool by_operator = false;    // promoted: does not need the gate's consent
  Duration healthy_time = 0s;  // in force then
  friend bool operator==(const PendingRaise&, const PendingRaise&) = default;
};

struct Migration {
  MigrationSpec spec;
  std::vector<ClusterShare>
      sources;  // with the shares they had at the beginning: they keep the proportion

  Stage stage = Stage::kShifting;
  bool paused = false;
  Because because;  // of the last change of stage or command
  Share share;      // of all targets together, in force
  Duration healthy_time = 0s;
  std::vector<Condition> conditions;
  Verdict verdict;  // the last one
  WallTime created = {};
  WallTime updated = {};
  std::uint64_t revision = 0;  // grows with every change that the journal must know

  // Not in the journal.
  GateState gate;  // but for surviving(gate)
  std::optional<PendingRaise> raise;
  std::uint64_t journaled_revision =
      0;  // confirmed; healthy time runs only while it is the present one
  std::uint64_t published_revision = 0;     // of the last Publish
  std::uint64_t adopted_revision = 0;       // of the last one that every worker serves
  std::optional<Duration> append_again_in;  // the journal refused the last record
  Duration healthy_time_saved = 0s;         // in the last record

  const MigrationName& name() const { return spec.name; }
  const ServiceName& service() const { return spec.service; }
  // Weights may not be set by hand, and no other migration may begin, while it does.
  bool holds_service() const { return !is_terminal(stage); }
  // Checkpoints passed so far: the index of the step for people.
  std::size_t step_index() const { return checkpoints_reached(spec.ramp, healthy_time); }
  std::uint64_t harmed() const { return static_cast<std::uint64_t>(gate.harmed); }
};

// The shares of all clusters when the targets together have `total`. Targets get the floor of their
// proportion (so that none ever shrinks while the total grows), the sources the rest; they add up
// to Share::kWhole.
std::vector<ClusterShare> shares_at(const Migration& migration, Share total);

// In force now.
inline std::vector<ClusterShare> shares_of(const Migration& migration) {
  return shares_at(migration, migration.share);
}

// Sets a condition; last_transition moves only when the status does.
void set_condition(Migration& migration, Condition condition);
const Condition* find_condition(const Migration& migration, std::string_view type);

}  // namespace crossfade
