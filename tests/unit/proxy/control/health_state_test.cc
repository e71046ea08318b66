#include <catch2/catch.hpp>

#include "proxy/control/health_state.h"

namespace crossfade {
namespace {

TEST_CASE("the first result decides at once") {
  HealthState good, bad;

  CHECK(good.on_result(true, 2, 3) == true);
  CHECK(bad.on_result(false, 2, 3) == false);
}

TEST_CASE("fall bad results in a row make it unhealthy, fewer do not") {
  HealthState state;
  state.on_result(true, 2, 3);

  CHECK(!state.on_result(false, 2, 3));
  CHECK(!state.on_result(false, 2, 3));
  CHECK(!state.on_result(true, 2, 3));  // begins the row anew
  CHECK(!state.on_result(false, 2, 3));
  CHECK(!state.on_result(false, 2, 3));
  CHECK(state.healthy() == true);
  CHECK(state.on_result(false, 2, 3) == false);
}

TEST_CASE("rise good results in a row make it healthy again") {
  HealthState state;
  state.on_result(false, 2, 3);

  CHECK(!state.on_result(true, 2, 3));
  CHECK(!state.on_result(false, 2, 3));
  CHECK(!state.on_result(true, 2, 3));
  CHECK(state.on_result(true, 2, 3) == true);
}

}  // namespace
}  // namespace crossfade
