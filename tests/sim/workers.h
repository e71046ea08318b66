#pragma once

// Workers without sockets: they adopt Snapshots when they get round to it, and turn requests into
// counts with the real splitter and balancer. How clusters answer is a model that the simulator
// changes.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/base/instant.h"
#include "config/base/random.h"
#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// How the requests of one cluster fare.
struct Weather {
  double failing = 0;  // fraction of requests
  double slow = 0;
  KeyPoint failing_below = Share::kWhole;  // only keys below this point fail
};

class Workers {
 public:
  Workers(std::size_t count, std::uint64_t seed) : workers_(count), random_{seed} {}

  void publish(std::shared_ptr<const Snapshot> snapshot, Instant now, Duration late_max);
  void adopt(Instant now);
  std::uint64_t adopted() const;  // by the slowest

  // Requests for every service, through random workers; answers may take a while and count when
  // they come.
  void serve(std::size_t requests, const std::map<ClusterName, Weather>& weather, Instant now);

  std::uint64_t attempts_failed(const ClusterName& cluster) const;

 private:
  struct Worker {
    std::shared_ptr<const Snapshot> pin;
    std::vector<std::pair<Instant, std::shared_ptr<const Snapshot>>> posted;
  };
  struct Attempt {
    std::shared_ptr<const Snapshot> pin;
    std::size_t worker;
    std::size_t service;
    ClusterIndex cluster;
    std::size_t endpoint;
    bool failed;
    bool slow;
    Instant ends;
  };
  void begin(std::size_t worker, std::size_t service, const std::map<ClusterName, Weather>& weather,
             Instant now);
  void account(const Attempt& attempt, Instant now);

  std::vector<Worker> workers_;
  std::vector<Attempt> in_flight_;
  std::map<ClusterName, std::uint64_t> failed_;
  Random random_;
};

}  // namespace crossfade
