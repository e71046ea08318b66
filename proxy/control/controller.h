#pragma once

// The control core: decides, without touching the world. It owns the Config in force, every service's Split and
// endpoint sets, the Migrations and their evidence; it is told what happened and acts through its doors.
// A raise (more traffic to new) is journaled, then published; a cut is published, then journaled until it sticks.
// Control thread only; no sockets, no timers, no locks.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/instant.h"
#include "config/config.h"
#include "discovery/endpoint.h"
#include "proxy/control/control_event.h"
#include "proxy/control/journal.h"
#include "proxy/control/view.h"
#include "proxy/migration/migration.h"
#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// What a command did: the split's revision and the Snapshot version that carries it.
struct Change {
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
};

class Controller {
 public:
  // All must outlive the Controller.
  struct Doors {
    Journal& journal;
    const Clock& clock;
    std::function<void(std::shared_ptr<const Snapshot>)> publish;
  };
  // Called once, on the control thread, perhaps before the command returns.
  using Done = std::function<void(Result<Change>)>;
  using Weights = std::map<ClusterName, std::uint32_t>;

  explicit Controller(Doors doors);
  ~Controller();

  // ---- life ----

  // What the journal remembers. Once, before the first configure().
  void recover(std::vector<JournalRecord> records);
  // At start and on reload. Services that stay keep their split; a cluster added to a service gets share 0.
  // Errors: kConflict when a cluster with a share, or one that a migration needs, would go; nothing changes then.
  Result<void> configure(std::shared_ptr<const Config> config);

  // ---- what happened; names that the Config does not have are ignored ----

  void on_endpoints(const ServiceName& service, const ClusterName& cluster, EndpointSet set);
  void on_probe(const ServiceName& service, const ClusterName& cluster, const Address& address, bool ok);
  void on_adopted(std::uint64_t version);  // by the slowest worker
  // Reads the counters and judges. At least every limits::kControlTick.
  void tick();

  // ---- commands. Errors: kNotFound; kInvalid with what was expected; kConflict; kUnavailable (the journal) ----

  // Shares of the sum, clusters left out get none. kConflict: `expected_revision` is not the present one, a
  // migration holds the service, or another change of it still waits for the journal.
  void set_weights(const ServiceName& service, const Weights& weights, std::optional<std::uint64_t> expected_revision,
                   Because because, Done done);
  void create_migration(MigrationSpec spec, Because because, Done done);
  void delete_migration(const MigrationName& migration, Because because, Done done);  // terminal ones only
  void command(const MigrationName& migration, const Command& command, Done done);

  // ---- views ----

  const Config& config() const;                                    // Requires: configured.
  std::shared_ptr<const Snapshot> snapshot() const;                // last published; null before configure()
  std::vector<ServiceView> services(std::string_view part_of_name = {}) const;
  std::optional<ServiceView> service(const ServiceName& service) const;
  std::vector<EndpointView> endpoints(const ServiceName& service) const;
  std::vector<const Migration*> migrations() const;                // valid until the next call that is not const
  const Migration* migration(const MigrationName& migration) const;
  VersionView versions() const;
  JournalView journal() const;

  // Every event from now on. One listener is enough: it fans out.
  void subscribe(std::function<void(const ControlEvent&)> listener);
};

}  // namespace crossfade
