#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "config/base/instant.h"
#include "config/config.h"
#include "discovery/endpoint.h"
#include "proxy/migration/journal_record.h"
#include "proxy/migration/migration.h"
#include "proxy/routing/splitter.h"
#include "proxy/snapshot/build.h"
#include "proxy/stats/window.h"

namespace crossfade {

// What the control core knows of one service, Snapshots and migrations aside.
struct ServiceState {
  struct Cluster {
    EndpointSet endpoints;
    bool is_known = false;      // the source has said anything since the start
    std::set<Address> failing;  // active checks say so
    std::set<Address> checked;  // active checks have said anything
    bool is_changed = true;     // since the last Snapshot
  };
  // Shares set by hand that wait for the journal.
  struct Raise {
    Split split;
    Because because;
    std::function<void(Result<void>)> done;
  };

  std::shared_ptr<const ServiceConfig> config;
  std::vector<Cluster> clusters;    // in the order of the config
  Split split;                      // in force
  std::uint64_t revision_last = 0;  // given to a split, in force or not
  std::optional<Raise> raise;
  std::optional<std::vector<ClusterShare>> home;  // where traffic was before it was moved by hand

  std::optional<SplitRecord> to_journal;  // in force already, not yet in the journal
  bool is_appending = false;              // to_journal
  Instant append_at = {};                 // not before

  ShareMeter meter;
  std::optional<std::vector<Share>> measured;

  std::uint64_t next_revision() { return ++revision_last; }
};

// The Config's weights as a Split. The salt follows from the name, so that proxies which share no
// journal agree.
Split initial_split(const ServiceConfig& service);

std::optional<std::size_t> find_cluster(const ServiceConfig& service, const ClusterName& cluster);

// Shares by name, in the order of the config, and back. Clusters not named get none.
std::vector<ClusterShare> named_shares(const ServiceConfig& service, const Split& split);
std::vector<Share> ordered_shares(const ServiceConfig& service,
                                  std::span<const ClusterShare> named);

// The split as the journal keeps it, and back. Errors: kConflict when an owner is not in the
// config.
SplitRecord split_record(const ServiceConfig& service, const Split& split);
Result<Split> split_from(const SplitRecord& record, const ServiceConfig& service);

// True when every cluster's share goes towards `home`, or stays: nothing new is tried, so safety
// need not wait.
bool only_returns(std::span<const ClusterShare> from, std::span<const ClusterShare> to,
                  std::span<const ClusterShare> home);

// What the targets of a migration have together.
Share total_of(std::span<const ClusterShare> shares, std::span<const MigrationTarget> targets);

}  // namespace crossfade
