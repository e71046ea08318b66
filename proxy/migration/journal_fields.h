#pragma once

// The fields of what the journal keeps, each named once: see json_fields.h. A field added, removed
// or given another meaning is a new kJournalFormat.

#include <type_traits>

#include "proxy/migration/journal_record.h"

namespace crossfade {

// The last choice of each enumeration, for readers.
constexpr Ramp::Curve last(Ramp::Curve) {
  return Ramp::Curve::kExponential;
}
constexpr Stage last(Stage) {
  return Stage::kSucceeded;
}
constexpr Verdict::Kind last(Verdict::Kind) {
  return Verdict::Kind::kRollBack;
}

// T, whether or not it may be changed: writers see values, readers make them.
template <class Value, class T>
concept Either = std::is_same_v<std::remove_const_t<Value>, T>;

template <class Fields, Either<Because> Value>
void fields(Fields& field, Value& because) {
  field("who", because.who);
  field("why", because.why);
  field("from", because.from);
}

template <class Fields, Either<SplitRecord::Interval> Value>
void fields(Fields& field, Value& interval) {
  field("begin", interval.begin);
  field("owner", interval.owner);
}

template <class Fields, Either<SplitRecord> Value>
void fields(Fields& field, Value& split) {
  field("service", split.service);
  field("intervals", split.intervals);
  field("revision", split.revision);
  field("salt", split.salt);
  field("because", split.because);
  field("migration", split.migration);
  field("at", split.at);
}

template <class Fields, Either<MigrationDeleted> Value>
void fields(Fields& field, Value& deleted) {
  field("migration", deleted.migration);
  field("because", deleted.because);
  field("at", deleted.at);
}

template <class Fields, Either<MigrationTarget> Value>
void fields(Fields& field, Value& target) {
  field("cluster", target.cluster);
  field("proportion", target.proportion);
}

template <class Fields, Either<ClusterShare> Value>
void fields(Fields& field, Value& share) {
  field("cluster", share.cluster);
  field("ppm", share.share);
}

template <class Fields, Either<RampStep> Value>
void fields(Fields& field, Value& step) {
  field("ppm", step.share);
  field("bake_time_ns", step.bake_time);
}

template <class Fields, Either<Ramp> Value>
void fields(Fields& field, Value& ramp) {
  field("curve", ramp.curve);
  field("steps", ramp.steps);
  field("duration_ns", ramp.duration);
  field("start_ppm", ramp.start);
  field("final_bake_ns", ramp.final_bake);
}

template <class Fields, Either<Allowance> Value>
void fields(Fields& field, Value& allowance) {
  field("ratio", allowance.ratio);
  field("margin", allowance.margin);
}

template <class Fields, Either<GateSettings> Value>
void fields(Fields& field, Value& settings) {
  field("alpha", settings.alpha);
  field("failures", settings.failures);
  field("slow", settings.slow);
  field("harm_max", settings.harm_max);
  field("requests_min", settings.requests_min);
  field("baseline_requests", settings.baseline_requests);
  field("baseline_time_ns", settings.baseline_time);
}

template <class Fields, Either<MigrationSpec> Value>
void fields(Fields& field, Value& spec) {
  field("name", spec.name);
  field("service", spec.service);
  field("targets", spec.targets);
  field("ramp", spec.ramp);
  field("gate", spec.gate);
}

template <class Fields, Either<Condition> Value>
void fields(Fields& field, Value& condition) {
  field("type", condition.type);
  field("status", condition.status);
  field("reason", condition.reason);
  field("message", condition.message);
  field("last_transition", condition.last_transition);
}

template <class Fields, Either<Verdict> Value>
void fields(Fields& field, Value& verdict) {
  field("kind", verdict.kind);
  field("because", verdict.because);
  field("test", verdict.test);
  field("target", verdict.target);
  field("statistic", verdict.statistic);
  field("threshold", verdict.threshold);
  field("new_attempts", verdict.new_attempts);
  field("new_failures", verdict.new_failures);
  field("new_slow", verdict.new_slow);
  field("old_attempts", verdict.old_attempts);
  field("old_failures", verdict.old_failures);
  field("old_slow", verdict.old_slow);
  field("harmed", verdict.harmed);
}

template <class Fields, Either<Baseline> Value>
void fields(Fields& field, Value& baseline) {
  field("attempts", baseline.attempts);
  field("failures", baseline.failures);
  field("isolated", baseline.isolated);
  field("bunched", baseline.bunched);
  field("slow", baseline.slow);
  field("endpoint_seconds", baseline.endpoint_seconds);
  field("largest_bunch", baseline.largest_bunch);
}

// What surviving() keeps.
template <class Fields, Either<GateState> Value>
void fields(Fields& field, Value& state) {
  field("baseline", state.baseline);
  field("judged_time_ns", state.judged_time);
  field("harmed", state.harmed);
}

template <class Fields, Either<Migration> Value>
void fields(Fields& field, Value& migration) {
  field("spec", migration.spec);
  field("sources", migration.sources);
  field("stage", migration.stage);
  field("paused", migration.paused);
  field("because", migration.because);
  field("ppm", migration.share);
  field("healthy_time_ns", migration.healthy_time);
  field("conditions", migration.conditions);
  field("verdict", migration.verdict);
  field("created", migration.created);
  field("updated", migration.updated);
  field("revision", migration.revision);
  field("gate", migration.gate);
}

}  // namespace crossfade
