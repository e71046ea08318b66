#include "proxy/stats/prometheus.h"

#include <array>
#include <sstream>
#include <string_view>

#include <prometheus/text_serializer.h>

#include "config/base/error.h"
#include "proxy/stats/latency.h"

namespace crossfade {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// One family in the making; metrics are added with their labels.
class Family {
 public:
  Family(MetricType type, std::string name, std::string help)
      : family_{std::move(name), std::move(help), type, {}} {}

  void add(Labels labels, double value) {
    ClientMetric& metric = add(std::move(labels));
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  void add(Labels labels, std::uint64_t value) {
    add(std::move(labels), static_cast<double>(value));
  }
  void add(Labels labels, bool value) { add(std::move(labels), value ? 1.0 : 0.0); }
  void add(Labels labels, ClientMetric::Histogram histogram) {
    add(std::move(labels)).histogram = std::move(histogram);
  }

  void move_to(std::vector<MetricFamily>& families) {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  ClientMetric& add(Labels labels) {
    ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  MetricFamily family_;
};

Family counter(std::string name, std::string help) {
  return {MetricType::Counter, std::move(name), std::move(help)};
}
Family gauge(std::string name, std::string help) {
  return {MetricType::Gauge, std::move(name), std::move(help)};
}

// One bound per octave from 256 us to 67 s: ends of buckets, so that every count is exact. Four per
// octave would cost a scrape four times as much for a difference no dashboard shows.
ClientMetric::Histogram histogram_of(const Latencies& latencies) {
  constexpr std::size_t kFirst = 8, kLast = 80, kStep = 4;
  ClientMetric::Histogram histogram;
  histogram.sample_count = latencies.count();
  histogram.sample_sum = static_cast<double>(latencies.sum_us) * 1e-6;
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket <= kLast; ++bucket) {
    passed += latencies.buckets[bucket];
    if (bucket < kFirst || (bucket - kFirst) % kStep != 0) continue;
    histogram.bucket.push_back({passed, seconds(latency_bucket_end(bucket))});
  }
  return histogram;  // the serializer adds +Inf from the count
}

Labels labels_of(const ServiceStats& service, const ClusterStats& cluster) {
  return {{"service", service.service.str()}, {"cluster", cluster.cluster.str()}};
}

Labels with(Labels labels, const char* name, std::string_view value) {
  labels.push_back({name, std::string(value)});
  return labels;
}

// Calls visit(labels, cluster) for every cluster of every service.
template <class Visit>
void each_cluster(const StatsView& view, Visit&& visit) {
  for (const ServiceStats& service : view.services) {
    for (const ClusterStats& cluster : service.clusters)
      visit(labels_of(service, cluster), cluster);
  }
}

// One number of the cells of a cluster, summed over the workers.
template <class Number>
void add_cluster_numbers(std::vector<MetricFamily>& families, const StatsView& view, Family family,
                         Number&& number) {
  each_cluster(view, [&](Labels labels, const ClusterStats& cluster) {
    if (cluster.counters) family.add(std::move(labels), cluster.counters->total(number));
  });
  family.move_to(families);
}

void add_outcomes(std::vector<MetricFamily>& families, const StatsView& view) {
  constexpr std::array<std::string_view, 5> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  constexpr std::array kSides = {Side::kClient, Side::kUpstream, Side::kSelf};
  Family requests = counter("crossfade_requests_total", "Responses of a cluster by status class.");
  Family failures = counter("crossfade_failures_total", "Failed attempts by the side at fault.");
  each_cluster(view, [&](const Labels& labels, const ClusterStats& cluster) {
    if (!cluster.counters) return;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      const auto count = [i](const ClusterCell& cell) { return cell.responses[i].value(); };
      requests.add(with(labels, "code_class", kClasses[i]), cluster.counters->total(count));
    }
    for (const Side side : kSides) {
      const auto i = static_cast<std::size_t>(side);
      const auto count = [i](const ClusterCell& cell) { return cell.failures[i].value(); };
      failures.add(with(labels, "side", to_string(side)), cluster.counters->total(count));
    }
  });
  requests.move_to(families);
  failures.move_to(families);
}

void add_traffic(std::vector<MetricFamily>& families, const StatsView& view) {
  struct Row {
    MetricType type;
    const char* name;
    const char* help;
    Counter ClusterCell::*number;
  };
  static constexpr Row kRows[] = {
      {MetricType::Counter, "crossfade_attempts_total", "Tries begun.", &ClusterCell::attempts},
      {MetricType::Counter, "crossfade_retries_total", "Tries after a failed one.",
       &ClusterCell::retries},
      {MetricType::Counter, "crossfade_retries_crossed_total",
       "Tries taken over from another cluster.", &ClusterCell::crossed},
      {MetricType::Counter, "crossfade_request_body_bytes_total",
       "Request body bytes sent to the cluster.", &ClusterCell::request_bytes},
      {MetricType::Counter, "crossfade_response_body_bytes_total",
       "Response body bytes read from the cluster.", &ClusterCell::response_bytes},
      {MetricType::Gauge, "crossfade_requests_in_flight", "Attempts going on.",
       &ClusterCell::in_flight},
      {MetricType::Gauge, "crossfade_tunnels_open", "Upgraded connections.",
       &ClusterCell::open_tunnels},
  };
  for (const Row& row : kRows) {
    add_cluster_numbers(families, view, {row.type, row.name, row.help},
                        [&](const ClusterCell& cell) { return (cell.*row.number).value(); });
  }

  Family latency{MetricType::Histogram, "crossfade_response_head_seconds",
                 "Time from the request sent to the response head read."};
  each_cluster(view, [&](Labels labels, const ClusterStats& cluster) {
    if (cluster.counters)
      latency.add(std::move(labels), histogram_of(response_head_latencies(*cluster.counters)));
  });
  latency.move_to(families);
}

void add_shares(std::vector<MetricFamily>& families, const StatsView& view) {
  Family shares = gauge("crossfade_share_ratio",
                        "Share of a service's requests: desired by the split, effective with "
                        "health, measured from first tries.");
  each_cluster(view, [&](const Labels& labels, const ClusterStats& cluster) {
    shares.add(with(labels, "kind", "desired"), cluster.desired.fraction());
    shares.add(with(labels, "kind", "effective"), cluster.effective.fraction());
    if (cluster.measured)
      shares.add(with(labels, "kind", "measured"), cluster.measured->fraction());
  });
  shares.move_to(families);

  Family revision =
      gauge("crossfade_split_revision", "Grows with every change of a service's split.");
  for (const ServiceStats& service : view.services) {
    revision.add({{"service", service.service.str()}}, service.split_revision);
  }
  revision.move_to(families);
}

void add_endpoints(std::vector<MetricFamily>& families, const StatsView& view) {
  Family endpoints = gauge("crossfade_endpoints",
                           "Endpoints of a cluster, by state; a total of all states is \"all\".");
  Family age = gauge("crossfade_discovery_age_seconds", "Time since the source last reported.");
  Family refused = gauge("crossfade_discovery_refused",
                         "1 while the guard keeps the last set against a newer one.");
  each_cluster(view, [&](const Labels& labels, const ClusterStats& cluster) {
    endpoints.add(with(labels, "state", "all"), std::uint64_t{cluster.endpoints});
    endpoints.add(with(labels, "state", "healthy"), std::uint64_t{cluster.endpoints_healthy});
    endpoints.add(with(labels, "state", "ejected"), std::uint64_t{cluster.endpoints_ejected});
    if (cluster.discovery_age) age.add(labels, seconds(*cluster.discovery_age));
    refused.add(labels, cluster.discovery_refused);
  });
  endpoints.move_to(families);
  age.move_to(families);
  refused.move_to(families);
}

void add_migrations(std::vector<MetricFamily>& families, const StatsView& view) {
  Family stage = gauge("crossfade_migration_stage", "1 for the stage a migration is in.");
  Family share =
      gauge("crossfade_migration_share_ratio", "Share of all targets of a migration together.");
  Family paused = gauge("crossfade_migration_paused", "1 while a migration is paused.");
  Family healthy =
      gauge("crossfade_migration_healthy_seconds", "Healthy time, which moves the ramp.");
  Family verdicts = counter("crossfade_verdicts_total", "Verdicts of the gate.");
  for (const MigrationStats& migration : view.migrations) {
    const Labels labels = {{"migration", migration.migration.str()},
                           {"service", migration.service.str()}};
    stage.add(with(labels, "stage", migration.stage), 1.0);
    share.add(labels, migration.share.fraction());
    paused.add(labels, migration.paused);
    healthy.add(labels, seconds(migration.healthy_time));
    verdicts.add(with(labels, "verdict", "proceed"), migration.verdicts_proceed);
    verdicts.add(with(labels, "verdict", "hold"), migration.verdicts_hold);
    verdicts.add(with(labels, "verdict", "roll_back"), migration.verdicts_roll_back);
  }
  for (Family* family : {&stage, &share, &paused, &healthy, &verdicts}) family->move_to(families);
}

void add_workers(std::vector<MetricFamily>& families, const StatsView& view) {
  struct Row {
    MetricType type;
    const char* name;
    const char* help;
    Counter WorkerCell::*number;
  };
  static constexpr Row kRows[] = {
      {MetricType::Counter, "crossfade_connections_accepted_total", "Client connections accepted.",
       &WorkerCell::connections_accepted},
      {MetricType::Gauge, "crossfade_connections_open", "Client connections open.",
       &WorkerCell::connections_open},
      {MetricType::Counter, "crossfade_connections_refused_total",
       "Client connections over the limit.", &WorkerCell::connections_refused},
      {MetricType::Counter, "crossfade_request_heads_total", "Request heads read well.",
       &WorkerCell::requests},
      {MetricType::Counter, "crossfade_requests_malformed_total", "Requests refused as malformed.",
       &WorkerCell::requests_malformed},
      {MetricType::Counter, "crossfade_requests_unrouted_total", "Requests that no route matched.",
       &WorkerCell::requests_unrouted},
      {MetricType::Counter, "crossfade_listen_failures_total",
       "Listeners of a new configuration that could not be opened, per worker.",
       &WorkerCell::listen_failures},
      {MetricType::Counter, "crossfade_client_timeouts_total", "Clients too slow.",
       &WorkerCell::client_timeouts},
      {MetricType::Counter, "crossfade_pool_connects_total", "Connections opened to endpoints.",
       &WorkerCell::pool_connects},
      {MetricType::Counter, "crossfade_pool_connect_failures_total",
       "Connections to endpoints that failed.", &WorkerCell::pool_connect_failures},
      {MetricType::Counter, "crossfade_pool_reuses_total", "Attempts on an idle connection.",
       &WorkerCell::pool_reuses},
      {MetricType::Gauge, "crossfade_pool_connections_idle", "Idle connections to endpoints.",
       &WorkerCell::pool_idle},
      {MetricType::Counter, "crossfade_pool_stale_total", "Idle connections found closed.",
       &WorkerCell::pool_stale},
      {MetricType::Counter, "crossfade_pool_full_total",
       "Attempts refused by the connection limit.", &WorkerCell::pool_full},
      {MetricType::Counter, "crossfade_ejections_total", "Endpoints ejected, per worker.",
       &WorkerCell::ejections},
      {MetricType::Counter, "crossfade_panics_total", "Picks that ignored ejection.",
       &WorkerCell::panics},
      {MetricType::Counter, "crossfade_retry_budget_exhausted_total", "Retries the budget refused.",
       &WorkerCell::retry_budget_exhausted},
  };
  if (!view.workers) return;
  for (const Row& row : kRows) {
    Family family{row.type, row.name, row.help};
    family.add({}, view.workers->total(
                       [&](const WorkerCell& cell) { return (cell.*row.number).value(); }));
    family.move_to(families);
  }
}

void add_program(std::vector<MetricFamily>& families, const StatsView& view) {
  Family build = gauge("crossfade_build_info", "1; the version is in the label.");
  build.add({{"version", view.version}}, 1.0);
  Family version = gauge("crossfade_snapshot_version",
                         "Version of the Snapshot decided, published, adopted by all.");
  version.add({{"state", "decided"}}, view.snapshot_decided);
  version.add({{"state", "published"}}, view.snapshot_published);
  version.add({{"state", "adopted"}}, view.snapshot_adopted);
  Family retired =
      gauge("crossfade_snapshots_retired", "Snapshots replaced but still pinned by a request.");
  retired.add({}, view.snapshots_retired);
  Family reloads = counter("crossfade_config_reloads_total", "Reloads of the configuration.");
  reloads.add({{"result", "accepted"}}, view.config_reloads);
  reloads.add({{"result", "refused"}}, view.config_reloads_refused);
  for (Family* family : {&build, &version, &retired, &reloads}) family->move_to(families);
}

}  // namespace

std::vector<MetricFamily> metric_families(const StatsView& view) {
  std::vector<MetricFamily> families;
  add_outcomes(families, view);
  add_traffic(families, view);
  add_shares(families, view);
  add_endpoints(families, view);
  add_migrations(families, view);
  add_workers(families, view);
  add_program(families, view);
  return families;
}

std::string metrics_text(const StatsView& view) {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, metric_families(view));
  return std::move(text).str();
}

}  // namespace crossfade
