#include "tests/unit/proxy/worker/proxy.h"

#include <future>
#include <utility>

namespace crossfade::test {
namespace {

constexpr std::uint32_t kLoopback = 0x7f000001;

}  // namespace

Proxy::Proxy(std::vector<ClusterSpec> clusters, const Tune& tune) {
  auto config = std::make_shared<Config>();
  auto service = std::make_shared<ServiceConfig>();
  service->name = ServiceName::of("web");
  config->workers = 1;
  config->listeners.push_back({.address = Address::from_v4(kLoopback, 0)});
  RouteConfig everything;
  everything.service = service->name;
  config->routes.push_back(everything);
  std::vector<std::uint32_t> weights;
  std::uint32_t slot = 0;
  for (const ClusterSpec& cluster : clusters) {
    service->clusters.push_back(
        {.name = ClusterName::of(cluster.name), .weight = cluster.weight, .source = {}});
    SnapshotEndpoints endpoints;
    for (const Address& address : cluster.endpoints) {
      endpoints.push_back(
          {.id = {slot++, 1}, .address = address, .cell = std::make_shared<EndpointCell>()});
    }
    endpoints_.push_back(std::make_shared<const SnapshotEndpoints>(std::move(endpoints)));
    counters_.push_back(std::make_shared<ClusterCounters>(1));
    weights.push_back(cluster.weight);
  }
  if (tune) tune(*service, *config);
  config->services.push_back(service);
  config_ = config;
  snapshot_ = snapshot_with(weights);
  worker_ = std::make_unique<Worker>(Worker::Options{0, snapshot_, worker_counters_, 7});
  address_ = worker_->listen().value().at(0);
  thread_ = std::thread{[this] { worker_->run(); }};
}

Proxy::~Proxy() {
  worker_->stop();
  join();
}

void Proxy::join() {
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Snapshot> Proxy::snapshot_with(const std::vector<std::uint32_t>& weights) {
  auto service = std::make_shared<SnapshotService>();
  service->config = config_->services[0];
  service->desired = shares_of_weights(weights).value();
  service->effective = service->desired;
  service->split = {Assignment::initial(service->desired), 42, ++version_};
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const std::vector<std::uint32_t> even(endpoints_[i]->size(), 100);
    service->clusters.push_back({.name = service->config->clusters[i].name,
                                 .endpoints = endpoints_[i],
                                 .weights = std::make_shared<const WeightedTable>(even),
                                 .healthy_count = static_cast<std::uint32_t>(endpoints_[i]->size()),
                                 .counters = counters_[i],
                                 .cohort = std::make_shared<Cohort>(1)});
  }
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = version_;
  snapshot->config = config_;
  const std::uint32_t target = 0;
  snapshot->router = std::make_shared<const Router>(config_->routes, std::span{&target, 1});
  snapshot->services.push_back(std::move(service));
  return snapshot;
}

void Proxy::set_weights(const std::vector<std::uint32_t>& weights) {
  snapshot_ = snapshot_with(weights);
  std::promise<void> adopted;
  worker_->adopt(snapshot_, [&adopted] { adopted.set_value(); });
  adopted.get_future().wait();
}

Message Proxy::get(const std::string& target, const std::string& more_headers) const {
  Peer peer = connect();
  peer.write("GET " + target + " HTTP/1.1\r\nHost: web.example\r\n" + more_headers + "\r\n");
  return peer.read_response();
}

}  // namespace crossfade::test
