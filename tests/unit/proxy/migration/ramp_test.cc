#include <vector>

#include <catch2/catch.hpp>

#include "proxy/migration/ramp.h"

namespace crossfade {
namespace {

Share percent(std::uint32_t n) {
  return Share::from_ppm(n * 10'000);
}

const std::vector<Ramp> kRamps = {
    Ramp::in_steps({{percent(1), 60s}, {percent(50), 0s}, {percent(60), 1h}, {percent(100), 5min}}),
    Ramp::linear(2min, 30s),
    Ramp::linear(7919ms),
    Ramp::linear(50ms),
    Ramp::linear(366 * 24h),
    Ramp::exponential(percent(1), 1h),
    Ramp::exponential(Share::from_ppm(1), 333s),
    Ramp::doubling(percent(1), 5min, 1min),
};

}  // namespace

TEST_CASE("a ramp never falls, and is the whole from its end on") {
  for (const Ramp& ramp : kRamps) {
    REQUIRE(check(ramp, "/ramp").empty());
    Share before = share_at(ramp, 0s);
    for (int i = 0; i <= 10'000; ++i) {
      const Share share = share_at(ramp, finish_time(ramp) / 10'000 * i);
      REQUIRE(share >= before);
      before = share;
    }
    CHECK(share_at(ramp, finish_time(ramp)) == Share::whole());
    CHECK(share_at(ramp, finish_time(ramp) * 2) == Share::whole());
  }
}

TEST_CASE("a linear ramp begins at zero and is exact half way") {
  const Ramp ramp = Ramp::linear(1h);
  CHECK(share_at(ramp, 0s) == Share{});
  CHECK(share_at(ramp, 30min) == percent(50));
  CHECK(share_at(ramp, 1h - 1ns) < Share::whole());
  CHECK(share_at(ramp, 1h) == Share::whole());
}

TEST_CASE("an exponential ramp begins at its start and doubles in its doubling time") {
  const Ramp ramp = Ramp::doubling(percent(1), 10min);
  CHECK(share_at(ramp, 0s) == percent(1));
  CHECK(share_at(ramp, 10min).fraction() == Approx(0.02).epsilon(0.01));
  CHECK(share_at(ramp, 30min).fraction() == Approx(0.08).epsilon(0.01));
}

TEST_CASE("a step lasts its bake time") {
  const Ramp ramp = Ramp::in_steps({{percent(10), 60s}, {percent(50), 120s}, {percent(100), 30s}});
  CHECK(share_at(ramp, 0s) == percent(10));
  CHECK(share_at(ramp, 60s - 1ns) == percent(10));
  CHECK(share_at(ramp, 60s) == percent(50));
  CHECK(share_at(ramp, 180s) == percent(100));
  CHECK(finish_time(ramp) == 210s);
}

TEST_CASE("a curve takes at most a thousand raises") {
  const Ramp ramp = Ramp::linear(24h);
  int raises = 0;
  for (Duration time = 0s; time < 24h; time += 1s)
    raises += share_at(ramp, time) != share_at(ramp, time + 1s);
  CHECK(raises == 1000);
}

TEST_CASE("a checkpoint's time is the first with its share") {
  for (const Ramp& ramp : kRamps) {
    for (std::size_t i = 0; i < checkpoint_count(ramp); ++i) {
      const Duration time = checkpoint_time(ramp, i);
      CHECK(share_at(ramp, time) >= checkpoint_share(ramp, i));
      CHECK(checkpoints_reached(ramp, time) > i);
      if (time > 0s) CHECK(checkpoints_reached(ramp, time - 1ns) <= i);
    }
  }
}

TEST_CASE("a ramp begins at the last checkpoint not above what the targets carry") {
  const Ramp ramp = Ramp::in_steps({{percent(10), 60s}, {percent(50), 120s}, {percent(100), 30s}});
  CHECK(time_to_begin(ramp, Share{}) == 0s);
  CHECK(time_to_begin(ramp, percent(49)) == 0s);
  CHECK(time_to_begin(ramp, percent(50)) == 60s);
  CHECK(time_to_begin(ramp, percent(70)) == 60s);
}

TEST_CASE("what is wrong with a ramp is named by its place") {
  const auto first = [](const Ramp& ramp) { return check(ramp, "/ramp").at(0).pointer; };
  CHECK(first(Ramp::in_steps({})) == "/ramp/steps");
  CHECK(first(Ramp::in_steps({{percent(50), 1s}, {percent(50), 1s}, {percent(100), 1s}})) ==
        "/ramp/steps/1/share");
  CHECK(first(Ramp::in_steps({{percent(50), -1s}, {percent(100), 1s}})) ==
        "/ramp/steps/0/bake_time");
  CHECK(first(Ramp::in_steps({{percent(50), 1s}})) == "/ramp/steps/0/share");
  CHECK(first(Ramp::linear(0s)) == "/ramp/duration");
  CHECK(first(Ramp::linear(1h, -1s)) == "/ramp/final_bake");
  CHECK(first(Ramp::exponential(Share{}, 1h)) == "/ramp/start");
  CHECK(first(Ramp::doubling(Share::from_ppm(1), 366 * 24h)) == "/ramp/duration");
}

}  // namespace crossfade
