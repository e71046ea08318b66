#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "discovery/catalog.h"
#include "proxy/control/controller.h"
#include "proxy/snapshot/publisher.h"
#include "proxy/stats/stats_view.h"

namespace crossfade {

// What the control thread itself counts for /metrics, from the events it sees.
struct ControlCounts {
  struct Verdicts {
    std::uint64_t proceed = 0, hold = 0, roll_back = 0;
  };
  std::map<MigrationName, Verdicts>
      verdicts;  // of migrations that exist; counted when the verdict changes
  std::uint64_t reloads = 0;
  std::uint64_t reloads_refused = 0;

  void note(const ControlEvent& event);
};

// Everything that /metrics shows, as it is now. Control thread only.
StatsView metrics_view(const Controller& controller, const Catalog& catalog,
                       const Publisher& publisher, std::shared_ptr<const WorkerCounters> workers,
                       const ControlCounts& counts, Instant now);

}  // namespace crossfade
