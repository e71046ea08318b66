#pragma once

// Active health checks of every endpoint of every service that asks for them. Decides when to check
// whom and, by rise and fall, who counts as healthy; one check itself is probe.h. Control thread
// only. Checks are spread by jitter, so that neither an origin nor this thread sees them in bursts,
// and no more than limits::kProbesAtOnceMax run at a time: with more due they wait in line.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include <boost/asio/io_context.hpp>

#include "config/base/random.h"
#include "config/config.h"
#include "discovery/endpoint.h"

namespace crossfade {

class Prober {
 public:
  // The first result of an endpoint and every change of its health after that.
  using Report =
      std::function<void(const ServiceName&, const ClusterName&, const Address&, bool healthy)>;

  // `context` outlives the prober.
  Prober(boost::asio::io_context& context, Random random, Report report);
  ~Prober();  // no report after
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // At start and on reload: new intervals hold from the next check on; what is known of an endpoint
  // stays.
  void configure(const Config& config);

  // The set to be checked from now on; endpoints that stay keep their state.
  void on_endpoints(const ServiceName& service, const ClusterName& cluster, const EndpointSet& set);

  std::size_t running() const { return running_; }

 private:
  struct Target;
  using TargetPtr = std::shared_ptr<Target>;

  void schedule(const TargetPtr& target, Duration delay);
  void start(const TargetPtr& target);
  void finish(const TargetPtr& target, bool ok);
  Duration spread(Duration interval);

  boost::asio::io_context& context_;
  Random random_;
  Report report_;
  std::map<ServiceName, HealthCheckConfig> checks_;
  std::map<std::tuple<ServiceName, ClusterName, Address>, TargetPtr> targets_;
  std::deque<std::weak_ptr<Target>> due_;  // wait for one of the running checks to end
  std::size_t running_ = 0;
  std::shared_ptr<Prober*> self_;  // checks in flight find out here that the prober is gone
};

}  // namespace crossfade
