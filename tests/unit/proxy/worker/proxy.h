#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/config.h"
#include "proxy/snapshot/snapshot.h"
#include "proxy/stats/counters.h"
#include "proxy/worker/worker.h"
#include "tests/unit/proxy/worker/origin.h"
#include "tests/unit/proxy/worker/peer.h"

namespace crossfade::test {

struct ClusterSpec {
  std::string name;
  std::vector<Address> endpoints;
  std::uint32_t weight = 1;
};

// A Worker on a thread of its own, with one service behind every host and path, on an ephemeral
// loopback port.
class Proxy {
 public:
  // Changes the config before the Worker starts: timeouts, retries, stickiness and the like.
  using Tune = std::function<void(ServiceConfig& service, Config& config)>;

  explicit Proxy(std::vector<ClusterSpec> clusters, const Tune& tune = {});
  explicit Proxy(const Origin& origin, const Tune& tune = {})
      : Proxy{{{"old", {origin.address()}}}, tune} {}
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  Peer connect() const { return Peer::connect(address_); }
  Message get(const std::string& target = "/",
              const std::string& more_headers = "") const;  // own connection

  // Publishes other weights under a new split revision and waits until they are in use.
  void set_weights(const std::vector<std::uint32_t>& weights);
  std::weak_ptr<const Snapshot> current() const { return snapshot_; }

  Worker& worker() { return *worker_; }
  void join();  // waits for run() to return

  const ClusterCell& cluster(std::size_t index) const { return counters_[index]->of(0); }
  const CohortCell& cohort(std::size_t index) const {
    return snapshot_->services[0]->clusters[index].cohort->of(0);
  }
  const WorkerCell& cell() const { return worker_counters_->of(0); }

 private:
  std::shared_ptr<const Snapshot> snapshot_with(const std::vector<std::uint32_t>& weights);

  std::shared_ptr<const Config> config_;
  std::vector<std::shared_ptr<const SnapshotEndpoints>> endpoints_;
  std::vector<std::shared_ptr<ClusterCounters>> counters_;
  std::shared_ptr<WorkerCounters> worker_counters_ = std::make_shared<WorkerCounters>(1);
  std::uint64_t version_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<Worker> worker_;
  Address address_;
  std::thread thread_;
};

}  // namespace crossfade::test
