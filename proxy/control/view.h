#pragma once

// What the control core shows: values for the API and for metrics, made on demand on the control
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/address.h"
#include "config/base/names.h"
#include "config/base/share.h"

namespace crossfade {

// One cluster of one service. Desired is what was decided and published; effective is what health
// leaves of it; measured is what the counters of the last window saw (absent when too few requests
// passed).
struct ClusterView {
  ClusterName cluster;
  Share desired;
  Share effective;
  std::optional<Share> measured;
  std::uint32_t endpoints = 0;
  std::uint32_t healthy = 0;
};

struct ServiceView {
  ServiceName service;
  std::uint64_t revision = 0;              // of the split; the ETag of its weights
  std::vector<ClusterView> clusters;       // in the order of the config
  std::optional<MigrationName> migration;  // that holds the service
};

struct EndpointView {
  ClusterName cluster;
  Address address;
  std::uint32_t weight = 100;
  std::map<std::string, std::string> labels;
  bool ready = true;             // its source says so
  std::optional<bool> probe_ok;  // the active check; absent when there is none or no result yet
  std::uint32_t ejected_by = 0;  // workers that send it nothing now
  bool in_use = false;           // may be sent requests: healthy, and its cluster has a share
};

// A Snapshot on its way: decided >= published >= adopted (by the slowest worker).
struct VersionView {
  std::uint64_t decided = 0;
  std::uint64_t published = 0;
  std::uint64_t adopted = 0;
};

struct JournalView {
  std::size_t waiting = 0;     // appends without an answer
  std::uint64_t failures = 0;  // since start
  std::string last_error;      // empty when the last append succeeded
};

}  // namespace crossfade
