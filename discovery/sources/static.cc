#include "discovery/sources/static.h"

namespace crossfade {
namespace {

class StaticEndpoints final : public Source {
 public:
  explicit StaticEndpoints(const StaticSource& config) : config_{config} {}

  void start(Report report) override {
    EndpointSet endpoints;
    for (const Address& address : config_.endpoints) endpoints.push_back({.address = address});
    report({SourceReport::Kind::kSet, std::move(endpoints), ""});
  }

  std::string describe() const override {
    return "static, " + std::to_string(config_.endpoints.size()) + " in the configuration";
  }

 private:
  StaticSource config_;
};

}  // namespace

std::unique_ptr<Source> make_static_source(const StaticSource& config) {
  return std::make_unique<StaticEndpoints>(config);
}

}  // namespace crossfade
