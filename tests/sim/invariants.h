#pragma once

// What must hold after every step of the simulator, whatever went wrong in the world.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/control/controller.h"
#include "tests/sim/doors.h"

namespace crossfade {

class Invariants {
 public:
  // The first thing found broken; empty while all is well.
  const std::string& broken() const { return broken_; }

  void on_publish(const Snapshot& snapshot, const Controller& controller);
  void after_tick(const Controller& controller, const Disk& disk, std::uint64_t adopted);
  void on_accepted(const EndpointSet& set, bool is_first, const SourceModel& source, Instant now);
  void on_operator() { operator_acts_ = true; }  // whatever changes next may be his doing
  void on_kill() { published_.reset(); }
  void on_restart(const Controller& controller, const Disk& disk);

 private:
  void expect(bool holds, const std::string& what);
  void check_shares(const SnapshotService& service);
  void check_cohorts(const SnapshotService& before, const SnapshotService& after);
  void check_keys(const SnapshotService& before, const SnapshotService& after);
  void check_raise(const SnapshotService& before, const SnapshotService& after,
                   const Controller& controller);

  std::string broken_;
  std::shared_ptr<const Snapshot> published_;
  bool operator_acts_ = false;
};

// What the named targets have together in a service of a Snapshot.
Share share_in(const SnapshotService& service, const std::vector<MigrationTarget>& targets);
// ... and in the Split on disk.
std::optional<Share> share_on_disk(const Disk& disk, const ServiceName& service,
                                   const std::vector<MigrationTarget>& targets);

}  // namespace crossfade
