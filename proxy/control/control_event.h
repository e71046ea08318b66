#pragma once

// What happened, for people and machines who watch (Server-Sent Events, logs): facts after they
// became true.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "proxy/migration/migration.h"

namespace crossfade {

// The shares of a service changed and were published.
struct WeightsChanged {
  ServiceName service;
  std::vector<ClusterShare> shares;
  std::uint64_t revision = 0;
  MigrationName migration;  // empty: set by hand
  Because because;
};

// The gate came to another verdict: proceed, hold or roll back.
struct VerdictChanged {
  MigrationName migration;
  ServiceName service;
  Verdict verdict;
};

// A migration was created, entered another stage, was paused or resumed.
struct StageChanged {
  MigrationName migration;
  ServiceName service;
  Stage stage = {};
  bool paused = false;
  Because because;
};

struct MigrationRemoved {
  MigrationName migration;
  ServiceName service;
  Because because;
};

// A set was accepted or the number of healthy endpoints in it changed.
struct EndpointsChanged {
  ServiceName service;
  ClusterName cluster;
  std::uint32_t endpoints = 0;
  std::uint32_t healthy = 0;
};

struct ConfigReloaded {
  std::size_t services = 0;
};

// The slowest worker serves from this version now.
struct VersionAdopted {
  std::uint64_t version = 0;
};

// Appends began to fail (error says why) or succeed again (error is empty).
struct JournalChanged {
  std::string error;
};

struct ControlEvent {
  WallTime at;
  std::variant<WeightsChanged, VerdictChanged, StageChanged, MigrationRemoved, EndpointsChanged,
               ConfigReloaded, VersionAdopted, JournalChanged>
      what;
};

}  // namespace crossfade
