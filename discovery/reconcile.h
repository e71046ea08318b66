#pragma once

// Decides which endpoint set of a (service, cluster) is served when its source reports. Pure: no clock, no I/O.
//
// The kept set is the last one accepted. A report replaces it, unless that would lose too much at once:
//   set          at least as large as the guard asks: accepted at once, growth always.
//   smaller set  refused; the kept set stays. Accepted when the source still says the very same after
//                `hold`, or when an operator accepts it.
//   empty, gone  said with authority, yet the greatest loss there is: the same rule as for a smaller set.
//   unreachable  says nothing about the set: the kept set stays, and a refused one has to start its hold again.
//
// Loss is counted in ready endpoints, not in addresses: a rollout replaces every address and loses nobody, while
// a source that declares all of them not ready takes everybody away. It is measured against the most that was
// ready within the last `hold`, so that many small losses in a row count as the large one they are.
// No set is too small for the guard: losing the only endpoint is a loss of all.

#include <cstddef>
#include <optional>
#include <string>

#include "config/base/instant.h"
#include "config/limits.h"
#include "discovery/endpoint.h"
#include "discovery/source.h"

namespace crossfade {

struct LossGuard {
  double loss_max = 0.5;  // fraction of the ready endpoints that may go at once; 1: all of them
  Duration hold = limits::kLossHold;
};

// A set that the guard refused. Still the last word of its source.
struct RefusedSet {
  EndpointSet endpoints;
  Instant since;
  std::string reason;  // "would lose 8 of 10 ready endpoints"
};

// What is known of one (service, cluster).
struct Reconciled {
  EndpointSet accepted;                // what is served
  bool was_accepted = false;           // false: no source has said anything yet
  std::optional<RefusedSet> refused;   // waits for its hold or an operator
  std::size_t ready_peak = 0;          // most ready endpoints accepted since peak_at
  Instant peak_at = {};
};

// The kept state with the report applied. A report over limits::kEndpointsPerSetMax changes nothing: see is_too_large.
Reconciled reconcile(Reconciled kept, SourceReport report, const LossGuard& guard, Instant now);

// The refused set becomes the accepted one once its hold is over. To be asked on every tick.
Reconciled settle(Reconciled kept, const LossGuard& guard, Instant now);

// An operator takes responsibility for the refused set. Without one: unchanged.
Reconciled accept_refused(Reconciled kept, Instant now);

// More endpoints than one set may hold: never accepted, by nobody.
bool is_too_large(const SourceReport& report);

}  // namespace crossfade
