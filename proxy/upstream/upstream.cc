#include "proxy/upstream/upstream.h"

#include <algorithm>
#include <unordered_set>

#include "config/base/verify.h"

namespace crossfade {
namespace {

using Endpoints = std::vector<const SnapshotEndpoints*>;

// Those of `one` that do not stand unchanged in the same place of `other`.
Endpoints changed_endpoints(const Snapshot& one, const Snapshot& other) {
  Endpoints changed;
  for (std::size_t i = 0; i < one.services.size(); ++i) {
    const SnapshotService* there = i < other.services.size() ? other.services[i].get() : nullptr;
    if (one.services[i].get() == there) continue;
    const std::vector<SnapshotCluster>& clusters = one.services[i]->clusters;
    for (std::size_t j = 0; j < clusters.size(); ++j) {
      const bool is_same = there != nullptr && j < there->clusters.size() &&
                           there->clusters[j].endpoints == clusters[j].endpoints;
      if (!is_same) changed.push_back(clusters[j].endpoints.get());
    }
  }
  return changed;
}

}  // namespace

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
  for (const Slot& slot : slots_) {
    if (slot.state) slot.state->retire();
  }
}

Upstream::Slot& Upstream::slot_of(const EndpointId& id) {
  if (id.slot >= slots_.size()) slots_.resize(id.slot + 1);
  return slots_[id.slot];
}

EndpointRef Upstream::state(const SnapshotEndpoint& endpoint) {
  Slot& slot = slot_of(endpoint.id);
  EndpointRef& known = slot.state;
  if (known && known->id() == endpoint.id) return known;

  EndpointRef made{new EndpointState{driver_, counters_, endpoint}};
  const std::uint32_t generation = endpoint.id.generation;
  if (generation < slot.generation_min || (known && known->id().generation > generation)) {
    made->retire();  // for a request that is still pinned to an older Snapshot
    return made;
  }
  if (known) known->retire();
  known = made;
  return made;
}

const EndpointState* Upstream::known(const EndpointId& id) const {
  if (id.slot >= slots_.size()) return nullptr;
  const EndpointState* state = slots_[id.slot].state.get();
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

void Upstream::follow(const Snapshot& before, const Snapshot& after) {
  const Endpoints left = changed_endpoints(before, after);
  const Endpoints named = changed_endpoints(after, before);
  // All are let go of first, and those that are still named taken back: endpoints may move about
  // when another Config orders services anew.
  for (const SnapshotEndpoints* endpoints : left) {
    for (const auto& endpoint : *endpoints)
      slot_of(endpoint.id).generation_min = endpoint.id.generation + 1;
  }
  for (const SnapshotEndpoints* endpoints : named) {
    for (const auto& endpoint : *endpoints)
      slot_of(endpoint.id).generation_min = endpoint.id.generation;
  }
  for (const SnapshotEndpoints* endpoints : left) {
    for (const auto& endpoint : *endpoints) {
      Slot& slot = slot_of(endpoint.id);
      if (!slot.state || slot.state->id().generation >= slot.generation_min) continue;
      slot.state->retire();
      slot.state.reset();
    }
  }
  if (before.config == after.config) return;
  std::unordered_set<ServiceName> services;
  for (const auto& service : after.services) services.insert(service->config->name);
  std::erase_if(retry_budgets_, [&](const auto& entry) { return !services.contains(entry.first); });
}

void Upstream::refresh() {
  for (const Slot& slot : slots_) {
    if (slot.state) slot.state->refresh(driver_.now());
  }
}

void Upstream::close_idle() {
  for (const Slot& slot : slots_) {
    if (slot.state) slot.state->close_all_idle();
  }
}

}  // namespace crossfade
