#include <catch2/catch.hpp>

#include "proxy/worker/account.h"

using namespace crossfade;

namespace {

constexpr Instant kStart = Instant{1000s};

struct Cells {
  ClusterCell cluster;
  CohortCell cohort;
  EndpointCell endpoint;
  AttemptAccount::Books books() { return {cluster, cohort, endpoint}; }

  // One attempt that was answered with this status and then went well.
  void answered(unsigned status, Instant now = kStart) {
    AttemptAccount account{books(), now};
    account.responded(status, now + 1ms, 10ms);
    account.succeed(now + 2ms);
  }
};

}  // namespace

TEST_CASE("an attempt is in flight until it is settled, and counts once") {
  Cells cells;
  {
    AttemptAccount account{cells.books(), kStart};
    CHECK(cells.cluster.in_flight.value() == 1);
    CHECK(cells.cohort.attempts.value() == 0);
    account.responded(200, kStart + 1ms, 10ms);
    account.succeed(kStart + 2ms);
    CHECK(account.is_settled());
  }
  CHECK(cells.cluster.in_flight.value() == 0);
  CHECK(cells.cluster.attempts.value() == 1);
  CHECK(cells.cohort.attempts.value() == 1);
  CHECK(cells.cohort.failures.value() == 0);
}

TEST_CASE("only 500, 502, 503 and 504 are held against the cluster") {
  for (unsigned status = 100; status < 600; ++status) {
    Cells cells;
    cells.answered(status);
    const bool is_failure = status == 500 || status == 502 || status == 503 || status == 504;
    CHECK(cells.cohort.failures.value() == (is_failure ? 1 : 0));
    CHECK(cells.cluster.responses[status / 100 - 1].value() == 1);
  }
}

TEST_CASE("a failure goes to the side whose fault it was") {
  for (const Side side : {Side::kClient, Side::kUpstream, Side::kSelf}) {
    Cells cells;
    AttemptAccount account{cells.books(), kStart};
    account.fail(side, kStart);
    CHECK(cells.cluster.failures[static_cast<std::size_t>(side)].value() == 1);
    CHECK(cells.cohort.attempts.value() == 1);
    CHECK(cells.cohort.failures.value() == (side == Side::kUpstream ? 1 : 0));
  }
}

TEST_CASE("a client that goes away from a 503 does not clear the cluster of it") {
  Cells cells;
  AttemptAccount account{cells.books(), kStart};
  account.responded(503, kStart, 10ms);
  account.fail(Side::kClient, kStart);
  CHECK(cells.cohort.failures.value() == 1);
}

TEST_CASE("failures of one endpoint within one second are one event") {
  Cells cells;
  for (int i = 0; i < 9; ++i) cells.answered(503, kStart + i * 100ms);
  CHECK(cells.cohort.failures.value() == 9);
  CHECK(cells.cohort.failure_events.value() == 1);
  cells.answered(503, kStart + 1s);
  CHECK(cells.cohort.failure_events.value() == 2);
}

TEST_CASE("slow counts from the request sent, and only over the threshold") {
  Cells cells;
  AttemptAccount quick{cells.books(), kStart};
  quick.sent(kStart + 1s);
  quick.responded(200, kStart + 1s + 10ms, 10ms);
  quick.succeed(kStart + 2s);
  CHECK(cells.cohort.slow.value() == 0);

  AttemptAccount slow{cells.books(), kStart};
  slow.responded(200, kStart + 11ms, 10ms);
  slow.succeed(kStart + 2s);
  CHECK(cells.cohort.slow.value() == 1);
}

TEST_CASE(
    "an attempt is slow evidence only once it has ended: never more slow ones than attempts") {
  Cells cells;
  AttemptAccount account{cells.books(), kStart};
  account.responded(200, kStart + 11ms, 10ms);
  CHECK(cells.cohort.slow.value() == 0);
  account.fail(Side::kClient, kStart + 1h);
  CHECK(cells.cohort.slow.value() == 1);
  CHECK(cells.cohort.attempts.value() == 1);
}
