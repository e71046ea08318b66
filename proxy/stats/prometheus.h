#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "proxy/stats/stats_view.h"

namespace crossfade {

// The metric families of a view: names by the Prometheus conventions, all beginning with
// crossfade_. Pure. Families without a metric are left out.
std::vector<prometheus::MetricFamily> metric_families(const StatsView& view);

// The same in the text format, version 0.0.4: the body of /metrics. Content type:
// kMetricsContentType.
std::string metrics_text(const StatsView& view);
inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

// For a prometheus::Registry or Exposer of an embedding program: asks for a fresh view at each
// collection, on the thread that collects.
class StatsCollectable final : public prometheus::Collectable {
 public:
  explicit StatsCollectable(std::function<StatsView()> view) : view_{std::move(view)} {}
  std::vector<prometheus::MetricFamily> Collect() const override {
    return metric_families(view_());
  }

 private:
  std::function<StatsView()> view_;
};

}  // namespace crossfade
