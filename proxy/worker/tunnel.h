#pragma once

#include <memory>

#include "proxy/net/task.h"
#include "proxy/upstream/upstream.h"
#include "proxy/worker/client.h"
#include "proxy/worker/workplace.h"

namespace crossfade {

// An upgraded connection: bytes both ways until both sides have ended, one has failed, or neither
// has said anything for timeouts.tunnel_idle. Holds no buffer while it is silent, and no Snapshot:
// it may live for days.
class Tunnel {
 public:
  Tunnel(Workplace& place, Client& client, Lease lease, std::shared_ptr<const ServiceConfig> config,
         std::shared_ptr<ClusterCounters> counters);
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  net::Task<void> run();

 private:
  net::Task<void> pump(net::Stream& from, net::Stream& to, Input& input, Counter& bytes);
  void stay_awake();
  void end(Error error);
  ClusterCell& cell() { return counters_->of(place_.index); }

  Workplace& place_;
  Client& client_;
  Lease lease_;
  Input from_upstream_;
  std::shared_ptr<const ServiceConfig> config_;
  std::shared_ptr<ClusterCounters> counters_;
};

}  // namespace crossfade
