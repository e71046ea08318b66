#include "proxy/control/migration_json.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include <boost/json.hpp>

#include "proxy/control/json_fields.h"

namespace crossfade {
namespace json = boost::json;

namespace {

using Need = JsonFields::Need;

constexpr std::array<std::pair<Ramp::Curve, std::string_view>, 3> kCurves = {
    {{Ramp::Curve::kSteps, "steps"},
     {Ramp::Curve::kLinear, "linear"},
     {Ramp::Curve::kExponential, "exponential"}}};

std::optional<Ramp::Curve> read_curve(JsonFields& fields) {
  const auto written = fields.text("curve", Need::kRequired);
  for (const auto& [curve, word] : kCurves) {
    if (written == word) return curve;
  }
  if (written) fields.expected("curve", "expected \"steps\", \"linear\" or \"exponential\"");
  return std::nullopt;
}

std::vector<RampStep> read_steps(JsonFields& ramp, std::vector<FieldError>& errors) {
  std::vector<RampStep> steps;
  const json::array* written = ramp.array("steps", Need::kRequired);
  if (!written) return steps;
  for (std::size_t i = 0; i < written->size(); ++i) {
    JsonFields fields((*written)[i], ramp.pointer_to("steps") + '/' + std::to_string(i), errors);
    RampStep& step = steps.emplace_back();
    step.share = fields.share("share", Need::kRequired).value_or(Share{});
    step.bake_time = fields.duration("bake_time").value_or(0s);
    fields.finish();
  }
  return steps;
}

Ramp read_ramp(const json::value& written, std::vector<FieldError>& errors) {
  JsonFields fields(written, "/ramp", errors);
  Ramp ramp;
  ramp.curve = read_curve(fields).value_or(Ramp::Curve::kSteps);
  if (ramp.curve == Ramp::Curve::kSteps) {
    if (fields.value("curve")) ramp.steps = read_steps(fields, errors);
  } else {
    ramp.duration = fields.duration("duration", Need::kRequired).value_or(0s);
    ramp.final_bake = fields.duration("final_bake").value_or(0s);
    if (ramp.curve == Ramp::Curve::kExponential)
      ramp.start = fields.share("start").value_or(ramp.start);
  }
  fields.finish();
  return ramp;
}

Allowance read_allowance(const json::value& written, std::string pointer, Allowance allowance,
                         std::vector<FieldError>& errors) {
  JsonFields fields(written, std::move(pointer), errors);
  allowance.ratio = fields.number("ratio").value_or(allowance.ratio);
  allowance.margin = fields.number("margin").value_or(allowance.margin);
  fields.finish();
  return allowance;
}

GateSettings read_gate(const json::value& written, std::vector<FieldError>& errors) {
  JsonFields fields(written, "/gate", errors);
  GateSettings gate;
  gate.alpha = fields.number("alpha").value_or(gate.alpha);
  if (const auto* value = fields.value("failures")) {
    gate.failures = read_allowance(*value, "/gate/failures", gate.failures, errors);
  }
  if (const auto* value = fields.value("slow"))
    gate.slow = read_allowance(*value, "/gate/slow", gate.slow, errors);
  gate.harm_max = fields.count("harm_max").value_or(gate.harm_max);
  gate.requests_min = fields.count("requests_min").value_or(gate.requests_min);
  gate.baseline_requests = fields.count("baseline_requests").value_or(gate.baseline_requests);
  gate.baseline_time = fields.duration("baseline_time").value_or(gate.baseline_time);
  fields.finish();
  return gate;
}

std::vector<MigrationTarget> read_targets(JsonFields& body, std::vector<FieldError>& errors) {
  std::vector<MigrationTarget> targets;
  const json::array* written = body.array("targets", Need::kRequired);
  if (!written) return targets;
  for (std::size_t i = 0; i < written->size(); ++i) {
    JsonFields fields((*written)[i], "/targets/" + std::to_string(i), errors);
    MigrationTarget& target = targets.emplace_back();
    target.cluster = fields.name<ClusterName>("cluster", Need::kRequired).value_or(ClusterName{});
    const std::uint64_t proportion = fields.count("proportion").value_or(1);
    if (proportion > Share::kWhole) fields.expected("proportion", "expected at most 1000000");
    target.proportion =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(proportion, Share::kWhole));
    fields.finish();
  }
  return targets;
}

json::object to_json(const Ramp& ramp) {
  json::object written;
  for (const auto& [curve, word] : kCurves) {
    if (curve == ramp.curve) written["curve"] = word;
  }
  if (ramp.curve == Ramp::Curve::kSteps) {
    json::array steps;
    for (const RampStep& step : ramp.steps) {
      steps.push_back(
          json::object{{"share", to_text(step.share)}, {"bake_time", to_text(step.bake_time)}});
    }
    written["steps"] = std::move(steps);
    return written;
  }
  if (ramp.curve == Ramp::Curve::kExponential) written["start"] = to_text(ramp.start);
  written["duration"] = to_text(ramp.duration);
  written["final_bake"] = to_text(ramp.final_bake);
  return written;
}

json::object to_json(const Allowance& allowance) {
  return {{"ratio", allowance.ratio}, {"margin", allowance.margin}};
}

json::object to_json(const GateSettings& gate) {
  return {{"alpha", gate.alpha},
          {"failures", to_json(gate.failures)},
          {"slow", to_json(gate.slow)},
          {"harm_max", gate.harm_max},
          {"requests_min", gate.requests_min},
          {"baseline_requests", gate.baseline_requests},
          {"baseline_time", to_text(gate.baseline_time)}};
}

}  // namespace

MigrationSpec read_spec(const json::value& body, std::optional<MigrationName> name,
                        std::vector<FieldError>& errors) {
  JsonFields fields(body, "", errors);
  MigrationSpec spec;
  const auto named = fields.name<MigrationName>("name", name ? Need::kOptional : Need::kRequired);
  if (name && named && *named != *name)
    fields.expected("name", "expected the name in the path, or no name at all");
  spec.name = name ? *name : named.value_or(MigrationName{});
  spec.service = fields.name<ServiceName>("service", Need::kRequired).value_or(ServiceName{});
  spec.targets = read_targets(fields, errors);
  if (const auto* ramp = fields.value("ramp", Need::kRequired))
    spec.ramp = read_ramp(*ramp, errors);
  if (const auto* gate = fields.value("gate")) spec.gate = read_gate(*gate, errors);
  fields.text("reason");  // read by the caller; known here so that it is not a mistake
  fields.finish();
  return spec;
}

json::object to_json(const MigrationSpec& spec) {
  json::array targets;
  for (const MigrationTarget& target : spec.targets) {
    targets.push_back(
        json::object{{"cluster", target.cluster.str()}, {"proportion", target.proportion}});
  }
  return {{"name", spec.name.str()},
          {"service", spec.service.str()},
          {"targets", std::move(targets)},
          {"ramp", to_json(spec.ramp)},
          {"gate", to_json(spec.gate)}};
}

json::object to_json(const Verdict& verdict) {
  return {{"kind", to_string(verdict.kind)},
          {"because", verdict.because},
          {"test", verdict.test},
          {"statistic", verdict.statistic},
          {"threshold", verdict.threshold},
          {"new",
           {{"attempts", verdict.new_attempts},
            {"failures", verdict.new_failures},
            {"slow", verdict.new_slow}}},
          {"old",
           {{"attempts", verdict.old_attempts},
            {"failures", verdict.old_failures},
            {"slow", verdict.old_slow}}},
          {"harmed", verdict.harmed}};
}

json::object to_json(const Because& because) {
  return {{"who", because.who}, {"why", because.why}, {"from", because.from}};
}

json::object to_json(const Migration& migration) {
  json::array conditions;
  for (const Condition& condition : migration.conditions) {
    conditions.push_back(json::object{{"type", condition.type},
                                      {"status", condition.status ? "True" : "False"},
                                      {"reason", condition.reason},
                                      {"message", condition.message},
                                      {"lastTransitionTime", to_text(condition.last_transition)}});
  }
  json::object shares;
  for (const ClusterShare& share : shares_of(migration))
    shares[share.cluster.str()] = share.share.ppm();
  json::object written = to_json(migration.spec);
  written["stage"] = to_string(migration.stage);
  written["paused"] = migration.paused;
  written["because"] = to_json(migration.because);
  written["share_ppm"] = migration.share.ppm();
  written["shares_ppm"] = std::move(shares);
  written["healthy_time"] =
      to_text(std::chrono::floor<std::chrono::milliseconds>(migration.healthy_time));
  written["finish_time"] = to_text(finish_time(migration.spec.ramp));
  written["checkpoint"] = migration.step_index();
  written["checkpoints"] = checkpoint_count(migration.spec.ramp);
  written["verdict"] = to_json(migration.verdict);
  written["conditions"] = std::move(conditions);
  written["harmed"] = migration.harmed();
  written["revision"] = migration.revision;
  written["created"] = to_text(migration.created);
  written["updated"] = to_text(migration.updated);
  return written;
}

json::object plan_of(const Ramp& ramp) {
  json::array checkpoints;
  for (std::size_t i = 0; i < checkpoint_count(ramp); ++i) {
    const Duration at = checkpoint_time(ramp, i);
    checkpoints.push_back(
        json::object{{"after", to_text(std::chrono::floor<std::chrono::milliseconds>(at))},
                     {"share", to_text(share_at(ramp, at))}});
  }
  return {{"checkpoints", std::move(checkpoints)}, {"finish_time", to_text(finish_time(ramp))}};
}

std::string to_text(Share share) {
  std::string text = std::to_string(share.ppm() / 10'000);
  if (const std::uint32_t rest = share.ppm() % 10'000; rest != 0) {
    std::string digits = std::to_string(10'000 + rest);
    digits.front() = '.';
    text += digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text + '%';
}

std::string to_text(Duration duration) {
  const std::int64_t count = duration.count();
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 5> kUnits = {
      {{3'600'000'000'000, "h"},
       {60'000'000'000, "m"},
       {1'000'000'000, "s"},
       {1'000'000, "ms"},
       {1'000, "us"}}};
  if (count == 0) return "0s";
  for (const auto& [unit, word] : kUnits) {
    if (count % unit == 0) return std::to_string(count / unit) + std::string(word);
  }
  return std::to_string(count / 1'000) + "us";
}

std::string to_text(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = seconds.time_since_epoch().count();
  std::tm utc = {};
  ::gmtime_r(&whole, &utc);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string fraction = std::to_string(1000 + (time - seconds).count());
  fraction.front() = '.';
  return std::string(text, size) + fraction + 'Z';
}

}  // namespace crossfade
