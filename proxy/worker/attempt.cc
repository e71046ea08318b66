#include "proxy/worker/attempt.h"

#include "proxy/net/task.h"

namespace crossfade {

Attempt::Attempt(Workplace& place, Client& client, Request& request, Retries& retries,
                 const Target& target)
    : place_{place},
      client_{client},
      request_{request},
      retries_{retries},
      forwarding_{target.forwarding},
      config_{*target.service.config},
      endpoint_{place.upstream.state(target.endpoint)},
      account_{{target.cluster.counters->of(place.index), target.cluster.cohort->of(place.index),
                *target.endpoint.cell},
               place.now()} {}

Attempt::~Attempt() {
  client_.upstream = nullptr;
  // What was read beyond the body is the client's next request.
  if (!upload_.empty()) client_.input = std::move(upload_);
}

net::Task<Attempt::Outcome> Attempt::run() {
  lease_ = place_.upstream.reuse(*endpoint_);
  for (;;) {
    if (!lease_) {
      // Not in one condition with &&: g++ 12 never starts a task that is awaited there.
      const bool is_connected = co_await connect();
      if (!is_connected) break;
    }
    client_.upstream = &upstream();
    if (request_.arrived_whole) {
      co_await send_head();
      if (!error_) co_await download();
    } else {
      co_await net::both(upload(), download());
    }
    if (!needs_fresh_connection()) break;
    start_over();
  }
  co_return conclude();
}

net::Task<bool> Attempt::connect() {
  Result<Lease> opened = place_.upstream.open(*endpoint_, config_.pool);
  if (opened.has_error()) {
    fail(std::move(opened).error());
    co_return false;
  }
  lease_ = std::move(*opened);
  client_.upstream = &upstream();  // before it is connected, for that may take its time
  Result<void> connected =
      co_await place_.upstream.connect(lease_, config_.timeouts.connect, request_.deadline);
  if (connected.has_error()) fail(std::move(connected).error());
  co_return !error_;
}

// A reused connection that died before it answered was closed while it was idle: that says nothing
// about the cluster, so the same attempt goes on with a fresh one.
bool Attempt::needs_fresh_connection() const {
  return error_ && error_->retry == Retry::kFreshConnection && may_be_sent_again();
}

// RFC 9110 section 9.2.2: a proxy must not repeat a request that is not idempotent once the origin
// may have seen it. Nor when time is up: whoever came next would fail at once and be blamed for it.
bool Attempt::may_be_sent_again() const {
  if (place_.is_stopping || place_.now() >= request_.deadline) return false;
  return is_untouched_ || (request_.arrived_whole && http::is_idempotent(request_.head.method));
}

void Attempt::start_over() {
  place_.cell.pool_stale.add();
  client_.upstream = nullptr;
  lease_.close();
  error_.reset();
  is_sent_ = is_broken_ = is_upload_over_ = is_over_ = false;
}

// The first failure is the attempt's; what follows from it is not another one.
void Attempt::fail(Error error) {
  if (is_over_) return;
  if (error.side == Side::kUpstream &&
      (error.code == ErrorCode::kReset || error.code == ErrorCode::kClosed)) {
    error.retry = lease_.is_reused() && !is_answered_ ? Retry::kFreshConnection : Retry::kYes;
  }
  error_ = std::move(error);
  stop_pumps();
}

// Wakes whoever still sends or waits for something to send, or waits for an answer to it. The
// connection upstream will not be used again; the client's may still get an answer, so its wait is
// only cut short.
void Attempt::stop_pumps() {
  is_over_ = true;
  if (is_upload_over_) return;
  if (lease_) upstream().cancel({ErrorCode::kClosed, Side::kSelf});
  client_.stream.set_deadline(place_.now());
}

void Attempt::settle() {
  if (account_.is_settled()) return;
  const Instant now = place_.now();
  if (error_) {
    account_.fail(error_->side, now);
  } else {
    account_.succeed(now);
  }
  if (AttemptAccount::is_failure(response_.status) || (error_ && error_->side == Side::kUpstream)) {
    endpoint_->on_failure(config_.ejection, now);
  } else if (is_final_) {
    endpoint_->on_success(now);
  }
}

Attempt::Outcome Attempt::conclude() {
  if (is_tunnel_) return Outcome::kTunnel;
  if (!error_) return Outcome::kDelivered;
  settle();
  client_.upstream = nullptr;
  lease_.close();
  if (is_begun_) return Outcome::kCut;
  if (is_retry_taken_) return Outcome::kTryAgain;
  const bool is_retryable = error_->retry != Retry::kNever && may_be_sent_again();
  return is_retryable && retries_.take(place_.now()) ? Outcome::kTryAgain : Outcome::kFailed;
}

}  // namespace crossfade
