#include "proxy/upstream/ejection.h"

#include <catch2/catch.hpp>

namespace crossfade {
namespace {

using State = Ejection::State;

const Instant kStart = Instant{} + 1000s;

EjectionConfig after_three_failures() {
  EjectionConfig config;
  config.consecutive_failures = 3;
  config.base_time = 5s;
  config.time_max = 30s;
  return config;
}

Ejection ejected_at(Instant now) {
  Ejection ejection;
  for (int i = 0; i < 3; ++i) ejection.on_failure(after_three_failures(), now);
  return ejection;
}

TEST_CASE("an endpoint is ejected by consecutive failures, not by one fewer") {
  Ejection ejection;
  CHECK_FALSE(ejection.on_failure(after_three_failures(), kStart));
  CHECK_FALSE(ejection.on_failure(after_three_failures(), kStart));
  CHECK(ejection.state(kStart) == State::kAdmitting);

  CHECK(ejection.on_failure(after_three_failures(), kStart));

  CHECK(ejection.state(kStart) == State::kEjected);
}

TEST_CASE("a success in between starts the count anew") {
  Ejection ejection;
  ejection.on_failure(after_three_failures(), kStart);
  ejection.on_failure(after_three_failures(), kStart);
  ejection.on_success(kStart);
  ejection.on_failure(after_three_failures(), kStart);
  ejection.on_failure(after_three_failures(), kStart);
  CHECK(ejection.state(kStart) == State::kAdmitting);
}

TEST_CASE("an ejected endpoint is probed when its time is over, and not before") {
  const Ejection ejection = ejected_at(kStart);
  CHECK(ejection.state(kStart + 5s - 1ns) == State::kEjected);
  CHECK(ejection.state(kStart + 5s) == State::kProbing);
}

TEST_CASE("a success while probing admits it again") {
  Ejection ejection = ejected_at(kStart);
  ejection.on_success(kStart + 6s);
  CHECK(ejection.state(kStart + 6s) == State::kAdmitting);
}

TEST_CASE("a failure while probing ejects it at once, for twice as long, up to the maximum") {
  Ejection ejection = ejected_at(kStart);
  Instant now = kStart + 5s;
  for (const Duration time : {10s, 20s, 30s, 30s, 30s}) {
    CHECK(ejection.on_failure(after_three_failures(), now));
    CHECK(ejection.state(now + time - 1ns) == State::kEjected);
    now += time;
    CHECK(ejection.state(now) == State::kProbing);
  }
}

TEST_CASE("what requests from before the ejection say changes nothing") {
  Ejection ejection = ejected_at(kStart);
  ejection.on_success(kStart + 1s);
  CHECK_FALSE(ejection.on_failure(after_three_failures(), kStart + 2s));
  CHECK(ejection.state(kStart + 2s) == State::kEjected);
  CHECK(ejection.state(kStart + 5s) == State::kProbing);
}

TEST_CASE("after it was admitted again the first ejection is short again") {
  Ejection ejection = ejected_at(kStart);
  ejection.on_failure(after_three_failures(), kStart + 5s);
  ejection.on_success(kStart + 15s);
  for (int i = 0; i < 3; ++i) ejection.on_failure(after_three_failures(), kStart + 20s);
  CHECK(ejection.state(kStart + 25s) == State::kProbing);
}

TEST_CASE("zero consecutive failures never eject") {
  EjectionConfig never;
  never.consecutive_failures = 0;
  Ejection ejection;
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(ejection.on_failure(never, kStart));
}

TEST_CASE("a thousand ejections in a row overflow nothing") {
  EjectionConfig config;
  config.base_time = 1h;
  config.time_max = 24h;
  config.consecutive_failures = 1;
  Ejection ejection;
  Instant now = kStart;
  for (int i = 0; i < 1000; ++i) {
    CHECK(ejection.on_failure(config, now));
    now += 24h;
    CHECK(ejection.state(now) == State::kProbing);
  }
}

}  // namespace
}  // namespace crossfade
