#include "proxy/migration/migration.h"

#include <algorithm>
#include <numeric>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {
namespace {

constexpr std::uint32_t kProportionMax = 1'000'000;

bool has_cluster(const ServiceConfig& service, const ClusterName& name) {
  return std::any_of(service.clusters.begin(), service.clusters.end(),
                     [&](const ClusterConfig& cluster) { return cluster.name == name; });
}

bool is_target(const MigrationSpec& spec, const ClusterName& name) {
  return std::any_of(spec.targets.begin(), spec.targets.end(),
                     [&](const MigrationTarget& target) { return target.cluster == name; });
}

std::string names_of(const ServiceConfig& service) {
  std::string names;
  for (const ClusterConfig& cluster : service.clusters) {
    names += (names.empty() ? "" : ", ") + cluster.name.str();
  }
  return names;
}

void check_targets(const MigrationSpec& spec, const ServiceConfig& service,
                   std::vector<FieldError>& errors) {
  if (spec.targets.empty() || spec.targets.size() > limits::kClustersPerServiceMax) {
    errors.push_back({"/targets", "expected 1 to " +
                                      std::to_string(limits::kClustersPerServiceMax) + " targets"});
    return;
  }
  for (std::size_t i = 0; i < spec.targets.size(); ++i) {
    const auto& [cluster, proportion] = spec.targets[i];
    const std::string place = "/targets/" + std::to_string(i);
    if (!has_cluster(service, cluster)) {
      errors.push_back(
          {place + "/cluster", "expected a cluster of the service: " + names_of(service)});
    }
    const auto same = [&, name = cluster](const MigrationTarget& target) {
      return target.cluster == name;
    };
    if (std::any_of(spec.targets.begin(), spec.targets.begin() + static_cast<std::ptrdiff_t>(i),
                    same)) {
      errors.push_back({place + "/cluster", "expected each cluster once"});
    }
    if (proportion == 0 || proportion > kProportionMax) {
      errors.push_back({place + "/proportion", "expected 1 to " + std::to_string(kProportionMax)});
    }
  }
  const bool has_source =
      std::any_of(service.clusters.begin(), service.clusters.end(),
                  [&](const ClusterConfig& cluster) { return !is_target(spec, cluster.name); });
  if (!has_source)
    errors.push_back({"/targets", "expected at least one cluster of the service to be no target"});
}

Share part_of(Share whole, std::uint64_t part, std::uint64_t sum) {
  return Share::from_ppm(static_cast<std::uint32_t>(whole.ppm() * part / sum));
}

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kShifting: return "Shifting";
    case Stage::kRollingBack: return "RollingBack";
    case Stage::kRolledBack: return "RolledBack";
    case Stage::kAborted: return "Aborted";
    case Stage::kSucceeded: return "Succeeded";
  }
  return "unknown";
}

bool is_terminal(Stage stage) {
  return stage != Stage::kShifting && stage != Stage::kRollingBack;
}

std::vector<FieldError> validate_spec(const MigrationSpec& spec, const ServiceConfig& service) {
  std::vector<FieldError> errors;
  if (spec.name.empty()) errors.push_back({"/name", "expected a name"});
  if (spec.service != service.name)
    errors.push_back({"/service", "expected " + service.name.str()});
  check_targets(spec, service, errors);
  const auto add = [&](std::vector<FieldError> more) {
    errors.insert(errors.end(), more.begin(), more.end());
  };
  add(check(spec.ramp, "/ramp"));
  add(check(spec.gate, "/gate"));
  return errors;
}

std::vector<ClusterShare> shares_at(const Migration& migration, Share total) {
  VERIFY(!migration.spec.targets.empty() && !migration.sources.empty());
  std::vector<ClusterShare> shares;
  std::uint64_t sum = 0;
  for (const MigrationTarget& target : migration.spec.targets) sum += target.proportion;
  std::uint32_t left = Share::kWhole;
  for (const MigrationTarget& target : migration.spec.targets) {
    shares.push_back({target.cluster, part_of(total, target.proportion, sum)});
    left -= shares.back().share.ppm();
  }
  if (total ==
      Share::whole()) {  // nothing may stay behind; no target shrinks by getting what rounding left
    shares.front().share = Share::from_ppm(shares.front().share.ppm() + left);
    left = 0;
  }
  sum = 0;
  for (const ClusterShare& source : migration.sources) sum += source.share.ppm();
  const Share rest = Share::from_ppm(left);
  const std::size_t first = shares.size();
  for (const ClusterShare& source : migration.sources) {
    // With no share on record (a migration may begin at the whole on its way back) the first takes
    // all.
    shares.push_back({source.cluster, sum == 0 ? Share{} : part_of(rest, source.share.ppm(), sum)});
    left -= shares.back().share.ppm();
  }
  shares[first].share = Share::from_ppm(shares[first].share.ppm() + left);
  return shares;
}

void set_condition(Migration& migration, Condition condition) {
  for (Condition& present : migration.conditions) {
    if (present.type != condition.type) continue;
    if (present.status == condition.status) condition.last_transition = present.last_transition;
    present = std::move(condition);
    return;
  }
  migration.conditions.push_back(std::move(condition));
}

const Condition* find_condition(const Migration& migration, std::string_view type) {
  for (const Condition& condition : migration.conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

}  // namespace crossfade
