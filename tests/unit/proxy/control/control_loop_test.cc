#include "proxy/control/control_loop.h"

#include <catch2/catch.hpp>

#include "config/parse.h"

namespace crossfade {
namespace {

std::shared_ptr<const Config> config_with(const std::string& control_address) {
  const std::string text = R"(
workers: 1
listeners: [{address: "127.0.0.1:0"}]
control: {address: ")" + control_address +
                           R"("}
state: {journal: memory}
services: {playlist: {clusters: {old: {weight: 1, source: {static: ["127.0.0.1:9"]}}}}}
routes: [{match: {path_prefix: /}, service: playlist}]
)";
  return std::make_shared<const Config>(
      parse_config(text, "crossfade.yaml", system_surroundings()).value());
}

TEST_CASE("a start ends with a snapshot of the first sets") {
  ControlLoop control(config_with("127.0.0.1:0"));

  REQUIRE(control.start().has_value());

  REQUIRE(control.snapshot() != nullptr);
  CHECK(control.snapshot()->services.at(0)->clusters.at(0).endpoints->size() == 1);
  CHECK(control.address().port() != 0);
}

TEST_CASE("a start says which control address cannot be had") {
  ControlLoop first(config_with("127.0.0.1:0"));
  REQUIRE(first.start().has_value());
  ControlLoop second(config_with(first.address().str()));

  const auto started = second.start();

  REQUIRE(!started.has_value());
  CHECK(started.error().message.find(first.address().str()) != std::string::npos);
}

TEST_CASE("a stop drains the workers and ends when the last one has ended") {
  ControlLoop control(config_with("127.0.0.1:0"));
  REQUIRE(control.start().has_value());
  std::uint64_t served = 0;
  bool is_drained = false;
  control.add_worker({[&](std::shared_ptr<const Snapshot> snapshot, std::function<void()> adopted) {
                        served = snapshot->version;
                        adopted();
                      },
                      [&](Duration) {
                        is_drained = true;
                        control.worker_ended();
                      },
                      [] {}});

  control.stop();
  control.run();

  CHECK(served == control.snapshot()->version);
  CHECK(is_drained);
}

}  // namespace
}  // namespace crossfade
