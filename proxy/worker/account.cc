#include "proxy/worker/account.h"

#include "config/base/verify.h"
#include "proxy/stats/latency.h"
#include "proxy/upstream/endpoint_state.h"

namespace crossfade {
AttemptAccount::AttemptAccount(Books books, Instant now) : books_{books}, sent_at_{now} {
  books_.cluster.attempts.add();
  books_.cluster.in_flight.add();
}

AttemptAccount::~AttemptAccount() {
  VERIFY(is_settled_);
}

void AttemptAccount::responded(unsigned status, Instant now, Duration slow_threshold) {
  VERIFY(status >= 100 && status <= 599);
  status_ = status;
  books_.cluster.responses[status / 100 - 1].add();
  count_latency(books_.cluster.response_head, now - sent_at_);
  is_slow_ = now - sent_at_ > slow_threshold;
}

void AttemptAccount::succeed(Instant now) {
  settle(is_failure(status_), Side::kUpstream, now);
}

void AttemptAccount::fail(Side side, Instant now) {
  settle(true, is_failure(status_) ? Side::kUpstream : side, now);
}

void AttemptAccount::settle(bool failed, Side side, Instant now) {
  VERIFY(!is_settled_);
  is_settled_ = true;
  books_.cluster.in_flight.subtract();
  books_.cohort.attempts.add();
  if (is_slow_) books_.cohort.slow.add();
  if (!failed) return;
  books_.cluster.failures[static_cast<std::size_t>(side)].add();
  if (side != Side::kUpstream) return;
  books_.cohort.failures.add();
  if (begins_failure_event(books_.endpoint, now)) books_.cohort.failure_events.add();
}

}  // namespace crossfade
