#include "proxy/net/deadlines.h"

#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "config/base/random.h"

namespace crossfade::net {
namespace {

const Instant kStart = Instant{} + 1000s;

struct Alarm : Deadline {
  Alarm() : Deadline{[](Deadline& self) { ++static_cast<Alarm&>(self).fired; }} {}
  int fired = 0;
};

TEST_CASE("a deadline fires once, never early, at most one tick late") {
  const Duration after =
      GENERATE(Duration{0}, Duration{1ns}, Duration{4ms}, Duration{7ms}, Duration{1s});
  Deadlines wheel{kStart};
  Alarm alarm;
  wheel.arm(alarm, kStart + after);

  wheel.advance(kStart + after - 1ns);
  CHECK(alarm.fired == 0);
  wheel.advance(kStart + after + Deadlines::kTick);
  CHECK(alarm.fired == 1);
  wheel.advance(kStart + 10min);
  CHECK(alarm.fired == 1);
}

TEST_CASE("a deadline moved later fires at the later time only") {
  Deadlines wheel{kStart};
  Alarm alarm;
  wheel.arm(alarm, kStart + 100ms);
  wheel.arm(alarm, kStart + 300ms);

  wheel.advance(kStart + 200ms);
  CHECK(alarm.fired == 0);
  wheel.advance(kStart + 304ms);
  CHECK(alarm.fired == 1);
}

TEST_CASE("a deadline moved earlier fires at the earlier time") {
  Deadlines wheel{kStart};
  Alarm alarm;
  wheel.arm(alarm, kStart + 10s);
  CHECK(wheel.arm(alarm, kStart + 100ms));

  wheel.advance(kStart + 104ms);

  CHECK(alarm.fired == 1);
}

TEST_CASE("a cleared deadline does not fire") {
  Deadlines wheel{kStart};
  Alarm alarm;
  wheel.arm(alarm, kStart + 100ms);
  wheel.arm(alarm, Deadline::kNever);

  wheel.advance(kStart + 1h);

  CHECK(alarm.fired == 0);
  CHECK(wheel.next_due() == Deadline::kNever);
}

TEST_CASE("a deadline beyond the horizon is carried on until its time") {
  Deadlines wheel{kStart};
  Alarm alarm;
  wheel.arm(alarm, kStart + 1h);

  Instant now = kStart;
  int steps = 0;
  while (alarm.fired == 0) {
    REQUIRE(wheel.next_due() <= kStart + 1h + Deadlines::kTick);
    now = wheel.next_due();
    REQUIRE(++steps < 1000);
    wheel.advance(now);
  }

  CHECK(now >= kStart + 1h);
  CHECK(now <= kStart + 1h + Deadlines::kTick);
}

TEST_CASE("arm says when the wheel becomes due earlier") {
  Deadlines wheel{kStart};
  Alarm first;
  Alarm second;
  CHECK(wheel.arm(first, kStart + 1s));
  CHECK_FALSE(wheel.arm(second, kStart + 2s));
  CHECK(wheel.arm(second, kStart + 500ms));
  CHECK(wheel.next_due() >= kStart + 500ms);
  CHECK(wheel.next_due() <= kStart + 500ms + Deadlines::kTick);
}

TEST_CASE("a destroyed deadline is out of the wheel") {
  Deadlines wheel{kStart};
  Alarm stays;
  {
    Alarm goes;
    wheel.arm(goes, kStart + 100ms);
    wheel.arm(stays, kStart + 100ms);
  }

  wheel.advance(kStart + 1s);

  CHECK(stays.fired == 1);
}

struct Killer : Deadline {
  Killer() : Deadline{[](Deadline& self) { static_cast<Killer&>(self).victim.reset(); }} {}
  std::unique_ptr<Alarm> victim = std::make_unique<Alarm>();
};

TEST_CASE("a deadline may destroy another one of the same slot") {
  Deadlines wheel{kStart};
  Killer killer;
  wheel.arm(killer, kStart + 100ms);
  wheel.arm(*killer.victim, kStart + 100ms);

  wheel.advance(kStart + 1s);

  CHECK(killer.victim == nullptr);
}

struct Repeating : Deadline {
  explicit Repeating(Deadlines& deadlines)
      : Deadline{[](Deadline& deadline) {
          auto& self = static_cast<Repeating&>(deadline);
          ++self.fired;
          self.wheel.arm(self, self.at() + 1s);
        }},
        wheel{deadlines} {}
  Deadlines& wheel;
  int fired = 0;
};

TEST_CASE("a deadline may arm itself again while it fires") {
  Deadlines wheel{kStart};
  Repeating repeating{wheel};
  wheel.arm(repeating, kStart + 1s);

  for (int second = 1; second <= 60; ++second) {
    wheel.advance(kStart + second * 1s + 10ms);
    CHECK(repeating.fired == second);
  }
}

TEST_CASE("a pause longer than the horizon fires everything that is over, and nothing else") {
  Deadlines wheel{kStart};
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int second = 0; second < 120; ++second) {
    alarms.push_back(std::make_unique<Alarm>());
    wheel.arm(*alarms.back(), kStart + second * 1s);
  }

  wheel.advance(kStart + 60s + 10ms);

  for (int second = 0; second < 120; ++second)
    CHECK(alarms[second]->fired == (second <= 60 ? 1 : 0));
}

TEST_CASE("random deadlines, moved at random, fire as a plain list of them would") {
  Random random{20261122};
  Deadlines wheel{kStart};
  std::vector<Alarm> alarms(200);
  std::vector<Instant> expected(alarms.size(), Deadline::kNever);
  std::vector<int> fired(alarms.size(), 0);
  Instant now = kStart;

  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t i = random.below(200);
    expected[i] = random.below(10) == 0 ? Deadline::kNever : now + random.below(40'000) * 1ms;
    wheel.arm(alarms[i], expected[i]);
    if (random.below(4) != 0) continue;

    now += random.below(random.below(20) == 0 ? 20'000 : 50) * 1ms;
    wheel.advance(now);
    for (std::size_t j = 0; j < alarms.size(); ++j) {
      const bool has_fired = alarms[j].fired != fired[j];
      if (has_fired) REQUIRE(expected[j] <= now);
      if (!has_fired)
        REQUIRE((expected[j] == Deadline::kNever || expected[j] > now - Deadlines::kTick));
      if (has_fired) expected[j] = Deadline::kNever;
      fired[j] = alarms[j].fired;
    }
  }
}

}  // namespace
}  // namespace crossfade::net
