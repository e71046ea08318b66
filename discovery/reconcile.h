#pragma once

// Decides which endpoint set of a (service, cluster) is served when its source reports. Pure: no
// clock, no I/O.
//
// The kept set is the last one accepted. A report replaces it, unless that would lose too much at
// once:
//   set          as large as the guard asks: accepted at once, growth always.
//   smaller set  refused; the kept set stays. Accepted when the source still says the very same
//                after `hold`, or when an operator accepts it.
//   empty, gone  said with authority, yet the greatest loss there is: as a smaller set.
//   unreachable  says nothing about the set: the kept set stays, and what was refused has to be
//                said again. So does a set over limits::kEndpointsPerSetMax, which nobody accepts.
// The first set ever is accepted whatever it is: there is nothing to lose.
//
// Loss is counted in ready endpoints, not in addresses: a rollout replaces every address and loses
// nobody, while a source that declares all of them not ready takes everybody away. It is measured
// against the most that was ready within the last `hold`, so that many small losses in a row count
// as the large one they are. No set is too small for the guard: losing the only endpoint is a loss
// of all.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/base/instant.h"
#include "config/limits.h"
#include "discovery/endpoint.h"

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

// How many endpoints were ready in a set that was served until then.
struct ServedBefore {
  std::size_t ready = 0;
  Instant until;
};

// What is known of one (service, cluster).
struct Reconciled {
  EndpointSet accepted;               // what is served
  bool was_accepted = false;          // false: no source has said anything yet
  std::optional<RefusedSet> refused;  // waits for its hold or an operator
  std::vector<ServedBefore> before;   // within the last hold and larger; largest and oldest first
};

// The kept state with the report applied.
Reconciled reconcile(Reconciled kept, SourceReport report, const LossGuard& guard, Instant now);

// The refused set becomes the accepted one once its hold is over. To be asked on every tick.
Reconciled settle(Reconciled kept, const LossGuard& guard, Instant now);

// An operator takes responsibility for the refused set. Without one: unchanged.
Reconciled accept_refused(Reconciled kept);

// More endpoints than one set may hold.
bool is_too_large(const SourceReport& report);

}  // namespace crossfade
