#include <catch2/catch.hpp>

#include <memory>
#include <vector>

#include "proxy/snapshot/publisher.h"

using namespace crossfade;

namespace {

std::shared_ptr<const Snapshot> snapshot(std::uint64_t version) {
  auto made = std::make_shared<Snapshot>();
  made->version = version;
  return made;
}

// A worker that pins the last Snapshot it was given.
struct Pin {
  std::shared_ptr<const Snapshot> held;
  Publisher::Adopt adopt() {
    return [this](std::shared_ptr<const Snapshot> next) { held = std::move(next); };
  }
};

}  // namespace

TEST_CASE("every worker gets what is published, one that comes late at once") {
  Publisher publisher;
  Pin early, late;

  publisher.subscribe(early.adopt());
  publisher.publish(snapshot(1));
  publisher.subscribe(late.adopt());

  CHECK(early.held == publisher.current());
  CHECK(late.held == publisher.current());
  CHECK(publisher.published() == 1);
}

TEST_CASE("adopted is the version of the slowest worker, whatever the order of the reports") {
  Publisher publisher;
  Pin pins[2];
  const auto first = publisher.subscribe(pins[0].adopt());
  const auto second = publisher.subscribe(pins[1].adopt());
  publisher.publish(snapshot(1));
  publisher.publish(snapshot(2));
  CHECK(publisher.adopted() == 0);

  publisher.on_adopted(first, 2);
  publisher.on_adopted(first, 1);
  CHECK(publisher.adopted() == 0);
  publisher.on_adopted(second, 1);
  CHECK(publisher.adopted() == 1);
  publisher.on_adopted(second, 2);
  CHECK(publisher.adopted() == 2);
}

TEST_CASE("without a worker what is published counts as adopted") {
  Publisher publisher;
  CHECK(publisher.adopted() == 0);
  publisher.publish(snapshot(3));
  CHECK(publisher.adopted() == 3);
}

TEST_CASE("a retired Snapshot is freed by a tick, and only after the last pin went") {
  Publisher publisher;
  Pin worker;
  publisher.subscribe(worker.adopt());
  publisher.publish(snapshot(1));
  std::weak_ptr<const Snapshot> old = publisher.current();
  std::shared_ptr<const Snapshot> exchange = worker.held;  // a long body

  publisher.publish(snapshot(2));
  CHECK(publisher.tick() == 0);
  CHECK(publisher.retired() == 1);

  exchange.reset();
  CHECK_FALSE(old.expired());  // giving up the pin frees nothing
  CHECK(publisher.tick() == 1);
  CHECK(old.expired());
  CHECK(publisher.retired() == 0);
}
