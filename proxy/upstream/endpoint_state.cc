#include "proxy/upstream/endpoint_state.h"

#include "config/base/verify.h"

namespace crossfade {

// ---- Connection ----

Connection::Connection(net::Driver& driver, EndpointState& endpoint)
    : net::Waiter{&Connection::on_idle_event},
      stream{driver, Side::kUpstream},
      endpoint_{endpoint} {
  ++endpoint_.connections_;
}

Connection::~Connection() {
  --endpoint_.connections_;
}

void Connection::on_idle_event(net::Waiter& waiter) {
  auto& self = static_cast<Connection&>(waiter);
  if (self.stream.is_expired()) {
    self.endpoint_.close_idle(self);
  } else if (!self.stream.is_quiet()) {
    self.endpoint_.close_stale(self);
  }
}

// ---- EndpointState ----

EndpointState::EndpointState(net::Driver& driver, WorkerCell& counters,
                             const SnapshotEndpoint& endpoint)
    : driver_{driver},
      counters_{counters},
      id_{endpoint.id},
      address_{endpoint.address},
      cell_{endpoint.cell} {}

EndpointState::~EndpointState() {
  close_all_idle();
  VERIFY(connections_ == 0 && in_flight_ == 0);
  if (is_counted_ejected_) cell_->ejected_by.fetch_sub(1, std::memory_order_relaxed);
}

bool EndpointState::is_usable(Instant now) const {
  switch (ejection_.state(now)) {
    case Ejection::State::kAdmitting: return true;
    case Ejection::State::kEjected: return false;
    case Ejection::State::kProbing: break;
  }
  return probe_ == nullptr;
}

void EndpointState::on_success(Instant now) {
  ejection_.on_success(now);
  refresh(now);
}

void EndpointState::on_failure(const EjectionConfig& config, Instant now) {
  if (ejection_.on_failure(config, now)) {
    counters_.ejections.add();
    probe_ = nullptr;
  }
  refresh(now);
}

void EndpointState::refresh(Instant now) {
  const bool is_ejected = ejection_.state(now) == Ejection::State::kEjected;
  if (is_ejected == is_counted_ejected_) return;
  is_counted_ejected_ = is_ejected;
  if (is_ejected) {
    cell_->ejected_by.fetch_add(1, std::memory_order_relaxed);
  } else {
    cell_->ejected_by.fetch_sub(1, std::memory_order_relaxed);
  }
}

void EndpointState::begin_request(const Connection& connection) {
  ++in_flight_;
  if (probe_ == nullptr && ejection(driver_.now()) == Ejection::State::kProbing)
    probe_ = &connection;
}

void EndpointState::end_request(const Connection& connection) {
  --in_flight_;
  if (probe_ == &connection) probe_ = nullptr;
}

std::unique_ptr<Connection> EndpointState::take_idle() {
  while (!idle_.empty()) {
    Connection& connection = idle_.back();
    if (!connection.stream.is_quiet()) {
      close_stale(connection);
      continue;
    }
    idle_.pop_back();
    counters_.pool_idle.subtract();
    connection.stream.watch_idle(nullptr);
    connection.stream.clear_deadline();
    return std::unique_ptr<Connection>{&connection};
  }
  return nullptr;
}

void EndpointState::keep_idle(std::unique_ptr<Connection> connection, const PoolConfig& pool) {
  if (is_retired_ || idle_.size() >= pool.idle_max || !connection->stream.is_quiet()) return;
  connection->stream.set_deadline(driver_.now() + pool.idle_time_max);
  connection->stream.watch_idle(connection.get());
  counters_.pool_idle.add();
  idle_.push_back(*connection.release());
}

void EndpointState::close_idle(Connection& connection) {
  idle_.erase(idle_.iterator_to(connection));
  counters_.pool_idle.subtract();
  connection.stream.watch_idle(nullptr);
  delete &connection;
}

// Closed, or bytes that nobody asked for: whatever they say, they answer no request of ours.
void EndpointState::close_stale(Connection& connection) {
  counters_.pool_stale.add();
  close_idle(connection);
}

void EndpointState::close_all_idle() {
  while (!idle_.empty()) close_idle(idle_.front());
}

void EndpointState::retire() {
  is_retired_ = true;
  close_all_idle();
}

bool begins_failure_event(EndpointCell& cell, Instant now) {
  const auto second = static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  if (cell.last_failure_second.load(std::memory_order_relaxed) == second) return false;
  return cell.last_failure_second.exchange(second, std::memory_order_relaxed) != second;
}

}  // namespace crossfade
