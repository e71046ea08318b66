#pragma once

// Everything /metrics shows, as values: the counters by reference, the rest as the control thread
// knows it now.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"
#include "proxy/stats/counters.h"

namespace crossfade {

struct ClusterStats {
  ClusterName cluster;
  std::shared_ptr<const ClusterCounters> counters;  // null: nothing counted yet
  Share desired;
  Share effective;
  std::optional<Share> measured = {};  // nothing before the first requests
  std::uint32_t endpoints = 0;
  std::uint32_t endpoints_healthy = 0;
  std::uint32_t endpoints_ejected = 0;  // by at least one worker
  std::optional<Duration> discovery_age =
      {};                          // since the source last said anything; nothing before it did
  bool discovery_refused = false;  // the guard keeps the last set against the source's newer one
};

struct ServiceStats {
  ServiceName service;
  std::uint64_t split_revision = 0;
  std::vector<ClusterStats> clusters;
};

struct MigrationStats {
  MigrationName migration;
  ServiceName service;
  std::string stage;
  bool paused = false;
  Share share;  // of all targets together
  Duration healthy_time = {};
  std::uint64_t verdicts_proceed = 0;
  std::uint64_t verdicts_hold = 0;
  std::uint64_t verdicts_roll_back = 0;
};

struct StatsView {
  std::string version;  // of the program
  std::vector<ServiceStats> services;
  std::vector<MigrationStats> migrations;
  std::shared_ptr<const WorkerCounters> workers;  // null: no worker yet
  std::uint64_t snapshot_decided = 0;
  std::uint64_t snapshot_published = 0;
  std::uint64_t snapshot_adopted = 0;
  std::uint64_t snapshots_retired = 0;  // replaced but still pinned
  std::uint64_t config_reloads = 0;
  std::uint64_t config_reloads_refused = 0;
};

}  // namespace crossfade
