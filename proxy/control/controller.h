#pragma once

// The control core: decides, without touching the world. It owns the Config in force, every
// service's Split and endpoint sets, the Migrations and their evidence; it is told what happened
// and acts through its doors. A raise (more traffic to new) is journaled, then published; a cut is
// published, then journaled until it sticks. Control thread only; no sockets, no timers, no locks.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/base/instant.h"
#include "config/config.h"
#include "discovery/endpoint.h"
#include "proxy/control/control_event.h"
#include "proxy/control/journal.h"
#include "proxy/control/service_state.h"
#include "proxy/control/view.h"
#include "proxy/migration/migration.h"
#include "proxy/migration/step.h"
#include "proxy/snapshot/registry.h"
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
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // ---- life ----

  // What the journal remembers. Once, before the first configure().
  void recover(std::vector<JournalRecord> records);
  // At start and on reload. Services that stay keep their split; a cluster that is new gets share
  // 0. Sets that are told in `ask_sources` are in the same Snapshot. Errors: kConflict when a
  // cluster with a share, or one that a migration needs, would go; nothing changes then.
  Result<void> configure(std::shared_ptr<const Config> config,
                         const std::function<void()>& ask_sources = {});

  // ---- what happened; names that the Config does not have are ignored ----
  // Health and endpoints are published by the next tick, many of them at once.

  void on_endpoints(const ServiceName& service, const ClusterName& cluster, EndpointSet set);
  void on_probe(const ServiceName& service, const ClusterName& cluster, const Address& address,
                bool ok);
  void on_adopted(std::uint64_t version);  // by the slowest worker
  // Reads the counters and judges. At least every limits::kControlTick.
  void tick();

  // ---- commands. Errors: kNotFound, kInvalid, kConflict, kUnavailable (the journal) ----

  // Shares of the sum, clusters left out get none. kConflict: `expected_revision` is not the
  // present one, a migration holds the service, or another change of it waits for the journal.
  void set_weights(const ServiceName& service, const Weights& weights,
                   std::optional<std::uint64_t> expected_revision, Because because, Done done);
  void create_migration(MigrationSpec spec, Because because, Done done);
  // Of one that has ended.
  void delete_migration(const MigrationName& migration, Because because, Done done);
  void command(const MigrationName& migration, const Command& command, Done done);

  // ---- views ----

  const Config& config() const;  // Requires: configured.
  // As published; null before configure().
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_; }
  std::vector<ServiceView> services(std::string_view part_of_name = {}) const;
  std::optional<ServiceView> service(const ServiceName& service) const;
  std::vector<EndpointView> endpoints(const ServiceName& service) const;
  std::vector<const Migration*> migrations() const;  // valid until the next call that is not const
  const Migration* migration(const MigrationName& migration) const;
  VersionView versions() const;
  const JournalView& journal() const { return journal_; }

  // Every event from now on, at the end of the call that made it true. There is one listener; it
  // fans out, and changes nothing here.
  void subscribe(std::function<void(const ControlEvent&)> to) { listener_ = std::move(to); }

 private:
  // A command that is answered when the journal has this revision of the migration.
  struct Waiting {
    std::uint64_t revision;
    Done done;
  };
  struct MigrationState {
    Migration migration;
    bool is_begun = true;  // its first record is journaled
    EvidenceWindow window;
    Instant looked_at = {};
    std::optional<Split> prepared;   // appended; in force once the journal has it
    std::uint64_t published_in = 0;  // version that carries the last Publish; 0: adopted
    std::vector<Waiting> waiting;
  };
  struct Append {
    std::vector<JournalRecord> records;
    Journal::Completion completion;
  };
  // What configure() prepares before it changes anything.
  struct NextServices {
    std::vector<ServiceState> services;
    std::unordered_map<ServiceName, std::size_t> places;
  };

  // controller_config.cc
  Result<NextServices> prepare(const Config& config) const;
  Result<ServiceState> carried_over(const ServiceState& service,
                                    std::shared_ptr<const ServiceConfig> config) const;
  Result<ServiceState> begun(std::shared_ptr<const ServiceConfig> config) const;
  Result<void> check_migrations(const NextServices& next) const;
  void adopt(NextServices next);
  void recover_shares(ServiceState& service);

  // controller.cc
  ServiceState* find_service(const ServiceName& service);
  const ServiceState* find_service(const ServiceName& service) const;
  const Migration* holder_of(const ServiceName& service) const;
  std::size_t place_of(const ServiceState& service) const;
  void look_at_services(Instant now);
  void look_at_service(ServiceState& service, Instant now);
  void change_split(ServiceState& service, Split split, const MigrationName& migration,
                    const Because& because);
  void journal_split(ServiceState& service, const Because& because);
  void append_split(ServiceState& service);
  void append(std::vector<JournalRecord> records, Journal::Completion completion);
  void note_journal(const Result<void>& outcome);
  void finish();
  void publish_changes();
  std::vector<ServiceFacts> changed_facts();
  void watch_cohorts();
  void note_endpoints(const Snapshot& before, std::span<const ServiceFacts> changed);
  void emit(decltype(ControlEvent::what) what);
  Change change_of(const ServiceState& service) const { return {service.split.revision, version_}; }

  // controller_commands.cc
  Result<void> check_free(const ServiceState& service,
                          std::optional<std::uint64_t> expected_revision) const;
  void raise(ServiceState& service, Split split, Because because, Done done);
  void on_raise_journaled(const ServiceName& service, std::uint64_t revision,
                          const Result<void>& outcome);
  Result<Change> forget(const MigrationRemoved& removed);
  Result<MigrationState*> commanded(const MigrationName& migration, const Command& command);

  // controller_migrations.cc
  void judge_migrations(Instant now);
  Verdict verdict_on(MigrationState& state, const ServiceState& service, Duration elapsed);
  Look look_at(MigrationState& state, const SnapshotService& service, Duration elapsed) const;
  void note_adoptions();
  Result<void> take(MigrationState& state, const Event& event);
  void carry_out(MigrationState& state, const AppendJournal& effect);
  void carry_out(MigrationState& state, const Publish& effect);
  void on_journaled(const MigrationName& migration, std::uint64_t revision,
                    const Result<void>& outcome);
  void give_up_creation(MigrationState& state, const Error& error);

  Doors doors_;
  std::function<void(const ControlEvent&)> listener_;
  std::shared_ptr<const Config> config_;
  std::optional<Registry> registry_;                     // from the first Config on
  std::vector<ServiceState> services_;                   // in the order of the Config
  std::unordered_map<ServiceName, std::size_t> places_;  // in services_
  std::map<ServiceName, SplitRecord> records_;  // of services that the Config does not have now
  std::set<std::size_t> changed_;               // places of services to be built anew
  std::map<MigrationName, MigrationState> migrations_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::uint64_t version_ = 0;  // of snapshot_
  std::uint64_t adopted_ = 0;
  std::size_t next_service_ = 0;  // to look at
  Instant retire_at_ = {};
  JournalView journal_;
  std::vector<Append> appends_;       // to be made by finish(), after publishing
  std::vector<ControlEvent> events_;  // to be told by finish()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // looked at by completions
};

}  // namespace crossfade
