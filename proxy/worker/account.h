#pragma once

#include <cstdint>

#include "config/base/error.h"
#include "config/base/instant.h"
#include "proxy/stats/counters.h"

namespace crossfade {

// One attempt in the books of its (service, cluster, split revision): entered when it begins,
// settled exactly once. A failure is the cluster's when its Error says so or its answer was 500,
// 502, 503 or 504: also when a retry elsewhere spares the user, because the user is spared and the
// evidence is not. Worker's thread; the cells outlive it, being held by the pinned Snapshot.
class AttemptAccount {
 public:
  struct Books {
    ClusterCell& cluster;
    CohortCell& cohort;
    EndpointCell& endpoint;
  };

  AttemptAccount(Books books, Instant now);
  ~AttemptAccount();  // Requires: settled.
  AttemptAccount(const AttemptAccount&) = delete;
  AttemptAccount& operator=(const AttemptAccount&) = delete;

  // The request has gone out: the time to the response head counts from here.
  void sent(Instant now) { sent_at_ = now; }
  // A final response head was read. Requires: 100 <= status <= 599.
  void responded(unsigned status, Instant now, Duration slow_threshold);
  void count_request_bytes(std::uint64_t bytes) { books_.cluster.request_bytes.add(bytes); }
  void count_response_bytes(std::uint64_t bytes) { books_.cluster.response_bytes.add(bytes); }

  // Each settles the attempt. Requires: not settled.
  void succeed(Instant now);
  void fail(Side side, Instant now);

  bool is_settled() const { return is_settled_; }

  // Whether this status is held against the cluster that sent it.
  static bool is_failure(unsigned status) {
    return status == 500 || (status >= 502 && status <= 504);
  }

 private:
  void settle(bool failed, Side side, Instant now);

  Books books_;
  Instant sent_at_;
  unsigned status_ = 0;
  bool is_slow_ =
      false;  // evidence only once the attempt counts, or more would be slow than there were
  bool is_settled_ = false;
};

}  // namespace crossfade
