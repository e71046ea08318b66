#pragma once

#include <functional>
#include <string>

#include "config/base/instant.h"
#include "config/base/result.h"
#include "discovery/endpoint.h"

namespace crossfade {

// A watcher of one (service, cluster) that reports the complete set whenever it may have changed,
// never deltas. Lives on the control thread; calls `report` from there, first as soon as it knows
// anything.
class Source {
 public:
  using Report = std::function<void(SourceReport)>;
  virtual ~Source() = default;  // stops watching; no call after
  virtual void start(Report report) = 0;
  virtual std::string describe() const = 0;  // "dns playlist.new.example:8080 A", for status pages
};

}  // namespace crossfade
