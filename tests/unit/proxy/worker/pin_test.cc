#include <catch2/catch.hpp>

#include "proxy/worker/pin.h"

using namespace crossfade;

namespace {

std::shared_ptr<const Snapshot> snapshot(std::uint64_t version) {
  auto made = std::make_shared<Snapshot>();
  made->version = version;
  return made;
}

}  // namespace

TEST_CASE("a pin keeps its Snapshot when another one is adopted") {
  auto first = snapshot(1);
  const std::weak_ptr<const Snapshot> watched = first;
  Pins pins{std::move(first)};
  {
    const Pins::Pin early = pins.current();
    pins.adopt(snapshot(2));
    CHECK(early->version == 1);
    CHECK(pins.current()->version == 2);
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

TEST_CASE("a Snapshot that nobody has pinned is given up when another one is adopted") {
  auto first = snapshot(1);
  const std::weak_ptr<const Snapshot> watched = first;
  Pins pins{std::move(first)};
  pins.adopt(snapshot(2));
  CHECK(watched.expired());
  CHECK(pins.snapshot().version == 2);
}

TEST_CASE("moving a pin moves the claim") {
  auto first = snapshot(1);
  const std::weak_ptr<const Snapshot> watched = first;
  Pins pins{std::move(first)};
  Pins::Pin one = pins.current();
  Pins::Pin two = std::move(one);
  pins.adopt(snapshot(2));
  CHECK(two->version == 1);
  two = pins.current();
  CHECK(two->version == 2);
}
