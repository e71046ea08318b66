#include "proxy/control/prober.h"

#include <algorithm>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/limits.h"
#include "proxy/control/health_state.h"
#include "proxy/control/probe.h"

namespace crossfade {
namespace asio = boost::asio;

struct Prober::Target {
  Target(asio::io_context& context, ServiceName its_service, ClusterName its_cluster,
         Address its_address)
      : service{std::move(its_service)},
        cluster{std::move(its_cluster)},
        address{its_address},
        timer{context} {}

  ServiceName service;
  ClusterName cluster;
  Address address;
  HealthState state;
  asio::steady_timer timer;
};

Prober::Prober(asio::io_context& context, Random random, Report report)
    : context_{context},
      random_{random},
      report_{std::move(report)},
      self_{std::make_shared<Prober*>(this)} {}

Prober::~Prober() {
  *self_ = nullptr;
}

void Prober::configure(const Config& config) {
  std::map<ServiceName, HealthCheckConfig> checks;
  std::set<std::pair<ServiceName, ClusterName>> clusters;
  for (const auto& service : config.services) {
    checks[service->name] = service->health_check;
    for (const ClusterConfig& cluster : service->clusters)
      clusters.emplace(service->name, cluster.name);
  }
  std::erase_if(targets_, [&](const auto& entry) {
    return !clusters.contains({entry.second->service, entry.second->cluster});
  });
  const auto before = std::exchange(checks_, std::move(checks));
  for (const auto& [key, target] : targets_) {
    const auto old = before.find(target->service);
    const bool was_idle = old == before.end() || old->second.kind == HealthCheckConfig::Kind::kNone;
    if (!was_idle) continue;
    target->state = {};  // what was known before the checks were off is known to nobody else now
    schedule(target, spread(0s));
  }
}

void Prober::on_endpoints(const ServiceName& service, const ClusterName& cluster,
                          const EndpointSet& set) {
  std::set<Address> wanted;
  for (const Endpoint& endpoint : set) wanted.insert(endpoint.address);
  auto at = targets_.lower_bound({service, cluster, Address{}});
  while (at != targets_.end() && at->second->service == service && at->second->cluster == cluster) {
    at = wanted.contains(at->second->address) ? std::next(at) : targets_.erase(at);
  }
  for (const Address& address : wanted) {
    TargetPtr& target = targets_[{service, cluster, address}];
    if (target) continue;
    target = std::make_shared<Target>(context_, service, cluster, address);
    schedule(target, spread(0s));
  }
}

void Prober::schedule(const TargetPtr& target, Duration delay) {
  const auto check = checks_.find(target->service);
  if (check == checks_.end() || check->second.kind == HealthCheckConfig::Kind::kNone) return;
  target->timer.expires_after(delay);
  target->timer.async_wait(
      [self = self_, weak = std::weak_ptr(target)](boost::system::error_code failed) {
        const TargetPtr due = weak.lock();
        if (!failed && due && *self) (*self)->start(due);
      });
}

void Prober::start(const TargetPtr& target) {
  if (running_ >= limits::kProbesAtOnceMax) {
    due_.push_back(target);
    return;
  }
  const HealthCheckConfig& check = checks_[target->service];
  if (check.kind == HealthCheckConfig::Kind::kNone) return;
  ++running_;
  asio::co_spawn(context_, probe(context_, target->address, check),
                 [self = self_, weak = std::weak_ptr(target)](std::exception_ptr broken, bool ok) {
                   if (*self) (*self)->finish(weak.lock(), !broken && ok);
                 });
}

void Prober::finish(const TargetPtr& target, bool ok) {
  --running_;
  while (!due_.empty() && running_ < limits::kProbesAtOnceMax) {
    const TargetPtr next = due_.front().lock();
    due_.pop_front();
    if (next) start(next);
  }
  if (!target) return;  // left the set while it was checked
  const HealthCheckConfig& check = checks_[target->service];
  if (check.kind == HealthCheckConfig::Kind::kNone) return;
  schedule(target, spread(check.interval));
  if (const auto changed = target->state.on_result(ok, check.rise, check.fall)) {
    report_(target->service, target->cluster, target->address, *changed);
  }
}

// Around the interval by a tenth; the first check within a quarter of a second.
Duration Prober::spread(Duration interval) {
  if (interval == 0s) return std::chrono::duration_cast<Duration>(random_.unit() * 250ms);
  return std::chrono::duration_cast<Duration>((0.9 + 0.2 * random_.unit()) * interval);
}

}  // namespace crossfade
