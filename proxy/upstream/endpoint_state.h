#pragma once

#include <cstdint>
#include <memory>

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "proxy/net/stream.h"
#include "proxy/snapshot/snapshot.h"
#include "proxy/stats/counters.h"
#include "proxy/upstream/ejection.h"

namespace crossfade {

class EndpointState;

// One connection to an endpoint: lent in a Lease, or idle in its endpoint's pool, where whatever
// comes closes it.
class Connection : public boost::intrusive::list_base_hook<>, private net::Waiter {
 public:
  Connection(net::Driver& driver, EndpointState& endpoint);
  ~Connection();

  net::Stream stream;

 private:
  friend class EndpointState;
  static void on_idle_event(net::Waiter& waiter);
  EndpointState& endpoint_;
};

// What one worker knows about one endpoint: its connections, requests in flight, ejection.
// Kept alive by the Upstream's table and by each Lease. On the worker's thread only.
class EndpointState
    : public boost::intrusive_ref_counter<EndpointState, boost::thread_unsafe_counter> {
 public:
  EndpointState(net::Driver& driver, WorkerCell& counters, const SnapshotEndpoint& endpoint);
  EndpointState(const EndpointState&) = delete;
  EndpointState& operator=(const EndpointState&) = delete;
  ~EndpointState();

  const EndpointId& id() const { return id_; }
  const Address& address() const { return address_; }
  std::uint32_t in_flight() const { return in_flight_; }
  std::uint32_t connections() const { return connections_; }
  std::uint32_t idle() const { return static_cast<std::uint32_t>(idle_.size()); }
  Ejection::State ejection(Instant now) const { return ejection_.state(now); }

  // May be sent a request now: admitting, or probing while no other request does so. Requests from
  // before the ejection do not count: a tunnel may live for days.
  bool is_usable(Instant now) const;

  // The end of one attempt, for ejection. Failures of the cluster's side only; the client's and
  // ours say nothing.
  void on_success(Instant now);
  void on_failure(const EjectionConfig& config, Instant now);
  void refresh(Instant now);  // tells EndpointCell::ejected_by when an ejection is over

 private:
  friend class Connection;
  friend class Lease;
  friend class Upstream;

  void begin_request(const Connection& connection);
  void end_request(const Connection& connection);
  std::unique_ptr<Connection> take_idle();
  void keep_idle(std::unique_ptr<Connection> connection, const PoolConfig& pool);
  void close_idle(Connection& connection);
  void close_stale(Connection& connection);
  void close_all_idle();
  void retire();  // no connection is kept any more

  net::Driver& driver_;
  WorkerCell& counters_;
  EndpointId id_;
  Address address_;
  std::shared_ptr<EndpointCell> cell_;
  Ejection ejection_;
  boost::intrusive::list<Connection> idle_;  // last in, first out: the coldest one is at the front
  std::uint32_t connections_ = 0;            // lent, idle and connecting
  std::uint32_t in_flight_ = 0;
  const Connection* probe_ = nullptr;  // of the one request that probes it since its last ejection
  bool is_counted_ejected_ = false;    // in cell_->ejected_by
  bool is_retired_ = false;
};

using EndpointRef = boost::intrusive_ptr<EndpointState>;

// True for the first failure of this endpoint in this second, over all workers: a
// CohortCell::failure_event.
bool begins_failure_event(EndpointCell& cell, Instant now);

}  // namespace crossfade
