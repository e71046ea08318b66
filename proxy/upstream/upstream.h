#pragma once

// Connections of one worker to all endpoints: pools, limits, ejection. Survives Snapshots: what is
// known about an endpoint stays as long as Snapshots name it. One per worker, on its thread.
//
//   EndpointRef endpoint = upstream.state(snapshot_endpoint);
//   Lease lease = upstream.reuse(*endpoint);   // no system call; when there is none:
//   Result<Lease> made = upstream.open(*endpoint, service.pool);
//   Result<void> connected = co_await upstream.connect(*made, service.timeouts.connect, deadline);
//   co_await lease.stream().write_all(head);
//   ...
//   lease.keep(service.pool);                  // else it is closed

#include <memory>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "proxy/net/stream.h"
#include "proxy/net/task.h"
#include "proxy/snapshot/snapshot.h"
#include "proxy/stats/counters.h"
#include "proxy/upstream/endpoint_state.h"
#include "proxy/upstream/retry_budget.h"

namespace crossfade {

// The right to use one connection for one attempt: counts as in flight from the moment it is made
// until it ends.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { close(); }

  explicit operator bool() const { return connection_ != nullptr; }
  net::Stream& stream() const { return connection_->stream; }  // Requires: not empty.
  EndpointState& endpoint() const { return *endpoint_; }       // Requires: not empty.
  bool is_reused() const { return is_reused_; }  // has answered before: its death proves nothing

  // Gives the connection back to the pool if it is still quiet and the pool has room; else closes
  // it. Requires: not empty, nobody waits on the stream, the answer was read to its end.
  void keep(const PoolConfig& pool);
  void close();

 private:
  friend class Upstream;
  Lease(EndpointRef endpoint, std::unique_ptr<Connection> connection, bool is_reused);
  EndpointRef endpoint_;
  std::unique_ptr<Connection> connection_;
  bool is_reused_ = false;
};

class Upstream {
 public:
  Upstream(net::Driver& driver, WorkerCell& counters) : driver_{driver}, counters_{counters} {}
  ~Upstream();  // Requires: no Lease is left.

  // Made on first use. An endpoint of an older Snapshot whose slot has been given away gets a state
  // of its own.
  EndpointRef state(const SnapshotEndpoint& endpoint);
  // What picking looks at: null when this worker has never used it, that is idle and admitting.
  const EndpointState* known(const EndpointId& id) const;

  // The idle connection used last; empty when there is none.
  Lease reuse(EndpointState& endpoint);

  // A connection that connect() is still to make. Counts from now on, and whoever holds it can
  // cancel its stream meanwhile. Errors: kFull (Side::kSelf, Retry::kYes) over connections_max.
  Result<Lease> open(EndpointState& endpoint, const PoolConfig& pool);
  // Connects it within `limit` or by `deadline`, whichever is first. Errors: as Stream::connect().
  // Requires: made by open(); stays where it is meanwhile.
  net::Task<Result<void>> connect(const Lease& lease, Duration limit, Instant deadline);

  // Of one service. The reference is valid until the next follow().
  RetryBudget& retry_budget(const ServiceName& service) { return retry_budgets_[service]; }

  // After a new Snapshot: connections to endpoints that left are closed as soon as they are idle,
  // services that left are forgotten. Costs what changed, besides a look at every service.
  void follow(const Snapshot& before, const Snapshot& after);
  // About once a second: ejections that are over.
  void refresh();
  // Closes every idle connection, for draining.
  void close_idle();

 private:
  struct Slot {
    EndpointRef state;
    std::uint32_t generation_min = 0;  // endpoints of those below have left
  };
  Slot& slot_of(const EndpointId& id);

  net::Driver& driver_;
  WorkerCell& counters_;
  std::vector<Slot> slots_;  // by EndpointId::slot
  std::unordered_map<ServiceName, RetryBudget> retry_budgets_;
};

}  // namespace crossfade
