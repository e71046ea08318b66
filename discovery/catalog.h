#pragma once

// The catalog owns the sources and knows, for every (service, cluster) of the Config, the accepted
// endpoint set, how fresh it is, and why a newer one was refused. It decides nothing itself:
// reconcile does. Control thread only. Doors: the sources and the clock, both handed in.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/instant.h"
#include "config/base/result.h"
#include "config/config.h"
#include "discovery/reconcile.h"
#include "discovery/source.h"

namespace crossfade {

enum class Freshness : std::uint8_t {
  kWaiting,  // its source has not answered yet; served is what a source before it said, if any
  kFresh,    // served is what the source says
  kStale,    // the source cannot be asked, or said something unusable; the last good set is served
  kRefused,  // the source says something that the guard refuses; the last good set is served
};

std::string_view to_string(Freshness freshness);

struct CatalogEntry {
  ServiceName service;
  ClusterName cluster;
  std::string source;          // Source::describe()
  Reconciled set;              // set.accepted is served
  std::uint64_t revision = 0;  // grows with every change of set.accepted; 0: none was accepted
  Freshness freshness = Freshness::kWaiting;
  std::string reason;            // why it is not fresh, or why a fresh set is empty; for people
  Instant since = {};            // since when it has this freshness
  Instant reported_at = {};      // last report of any kind
  std::size_t refused_size = 0;  // endpoints in the refused set, when kRefused

  // How long the served set has not been what the source says; 0 when fresh.
  Duration staleness(Instant now) const {
    return freshness == Freshness::kFresh ? Duration{0} : now - since;
  }
};

// What the owner wants to hear. Called on the control thread, possibly inside configure(), tick()
// and accept(); must not call back into the catalog's changing functions.
struct CatalogEvents {
  std::function<void(const ServiceName&, const ClusterName&, const EndpointSet&)> accepted;
  // For the log and the event stream; may be empty.
  std::function<void(const CatalogEntry&)> freshness_changed = {};
};

class Catalog {
 public:
  using MakeSource = std::function<Result<std::unique_ptr<Source>>(const SourceConfig&)>;

  // Requires: events.accepted is set. `clock` outlives the catalog.
  Catalog(const Clock& clock, MakeSource make_source, CatalogEvents events);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // At the start and on a reload. What a static source says was written by the operator, who may
  // take away all endpoints at once; every other source is guarded by loss_max. Sources whose
  // configuration did not change keep running; a changed one is replaced and its accepted set stays
  // until the new source has answered; clusters that are no longer named are forgotten. A source
  // that cannot be made is a stale entry with the reason.
  void configure(const Config& config);

  // Adopts refused sets whose hold is over.
  void tick(Instant now);

  // An operator accepts the refused set. Errors: kNotFound, kConflict when nothing is refused.
  Result<void> accept(const ServiceName& service, const ClusterName& cluster);

  // Null: the Config names no such cluster. Valid until the next configure().
  const CatalogEntry* find(const ServiceName& service, const ClusterName& cluster) const;

  // In order of service and cluster.
  std::vector<const CatalogEntry*> entries() const;

 private:
  struct Watched;
  using Key = std::pair<ServiceName, ClusterName>;

  void forget_others(const Config& config);
  void watch(Watched& watched, const ClusterConfig& cluster);
  void on_report(Watched& watched, SourceReport report);
  void adopt(Watched& watched, Reconciled next);
  void set_freshness(Watched& watched, Freshness freshness, std::string reason, Instant now);

  const Clock& clock_;
  MakeSource make_source_;
  CatalogEvents events_;
  std::map<Key, std::unique_ptr<Watched>> watched_;  // a Source's callback points to its Watched
  std::set<Key> refused_;                            // so that a tick need not look at all
};

}  // namespace crossfade
