#include "proxy/upstream/upstream.h"

#include <algorithm>

#include "config/base/verify.h"

namespace crossfade {

// ---- Lease ----

Lease::Lease(EndpointRef endpoint, std::unique_ptr<Connection> connection, bool is_reused)
    : endpoint_{std::move(endpoint)}, connection_{std::move(connection)}, is_reused_{is_reused} {
  endpoint_->begin_request(*connection_);
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  close();
  endpoint_ = std::move(other.endpoint_);
  connection_ = std::move(other.connection_);
  is_reused_ = other.is_reused_;
  return *this;
}

void Lease::keep(const PoolConfig& pool) {
  VERIFY(connection_ != nullptr);
  endpoint_->end_request(*connection_);
  endpoint_->keep_idle(std::move(connection_), pool);
  endpoint_.reset();
}

void Lease::close() {
  if (!connection_) return;
  endpoint_->end_request(*connection_);
  connection_.reset();
  endpoint_.reset();
}

// ---- Upstream ----

Upstream::~Upstream() {
  for (EndpointRef& state : states_) {
    if (state) state->retire();
  }
}

EndpointRef Upstream::state(const SnapshotEndpoint& endpoint) {
  const std::size_t slot = endpoint.id.slot;
  if (slot >= states_.size()) states_.resize(slot + 1);
  EndpointRef& known = states_[slot];
  if (known && known->id() == endpoint.id) return known;

  EndpointRef made{new EndpointState{driver_, counters_, endpoint}};
  if (known && known->id().generation > endpoint.id.generation) {
    made->retire();  // for a request that is still pinned to an older Snapshot
    return made;
  }
  if (known) known->retire();
  known = made;
  return made;
}

const EndpointState* Upstream::known(const EndpointId& id) const {
  if (id.slot >= states_.size()) return nullptr;
  const EndpointState* state = states_[id.slot].get();
  return state != nullptr && state->id() == id ? state : nullptr;
}

Lease Upstream::reuse(EndpointState& endpoint) {
  std::unique_ptr<Connection> connection = endpoint.take_idle();
  if (connection == nullptr) return {};
  counters_.pool_reuses.add();
  return Lease{EndpointRef{&endpoint}, std::move(connection), true};
}

Result<Lease> Upstream::open(EndpointState& endpoint, const PoolConfig& pool) {
  if (endpoint.connections() >= pool.connections_max) {
    counters_.pool_full.add();
    return Error{ErrorCode::kFull, Side::kSelf, Retry::kYes};
  }
  counters_.pool_connects.add();
  return Lease{EndpointRef{&endpoint}, std::make_unique<Connection>(driver_, endpoint), false};
}

net::Task<Result<void>> Upstream::connect(const Lease& lease, Duration limit, Instant deadline) {
  lease.stream().set_deadline(std::min(driver_.now() + limit, deadline));
  Result<void> connected = co_await lease.stream().connect(lease.endpoint().address());
  if (connected.has_value()) {
    lease.stream().clear_deadline();
  } else {
    counters_.pool_connect_failures.add();
  }
  co_return connected;
}

void Upstream::retire_all_but(const Snapshot& snapshot) {
  std::vector<bool> is_named(states_.size());
  for (const auto& service : snapshot.services) {
    for (const SnapshotCluster& cluster : service->clusters) {
      for (const SnapshotEndpoint& endpoint : *cluster.endpoints) {
        if (known(endpoint.id) != nullptr) is_named[endpoint.id.slot] = true;
      }
    }
  }
  for (std::size_t slot = 0; slot < states_.size(); ++slot) {
    if (!states_[slot] || is_named[slot]) continue;
    states_[slot]->retire();
    states_[slot].reset();
  }
}

void Upstream::refresh() {
  for (const EndpointRef& state : states_) {
    if (state) state->refresh(driver_.now());
  }
}

void Upstream::close_idle() {
  for (const EndpointRef& state : states_) {
    if (state) state->close_all_idle();
  }
}

}  // namespace crossfade
