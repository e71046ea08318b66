#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// Hands each Snapshot to every worker and keeps it alive until nobody needs it, so that a worker
// giving up its pin never pays for freeing it. Control thread only.
class Publisher {
 public:
  // Passes a Snapshot to one worker; posts to the worker's thread and returns at once.
  using Adopt = std::function<void(std::shared_ptr<const Snapshot>)>;

  // Returns the number the worker reports its adoptions under: 0, 1, 2 ... A worker that subscribes
  // late gets what is published, at once.
  std::size_t subscribe(Adopt adopt);

  // Requires: a version greater than every one before.
  void publish(std::shared_ptr<const Snapshot> snapshot);

  // A worker serves new requests from this version now. Reports may come late and out of order.
  // Requires: worker has subscribed; version <= published().
  void on_adopted(std::size_t worker, std::uint64_t version);

  const std::shared_ptr<const Snapshot>& current() const { return current_; }
  std::uint64_t published() const { return current_ ? current_->version : 0; }
  // The version of the slowest worker; with no worker, what is published.
  std::uint64_t adopted() const;
  // Snapshots replaced but still pinned.
  std::size_t retired() const { return retired_.size(); }

  // Frees retired Snapshots that nobody else holds. Returns how many.
  std::size_t tick();

 private:
  struct Subscriber {
    Adopt adopt;
    std::uint64_t adopted = 0;
  };
  std::shared_ptr<const Snapshot> current_;
  std::vector<std::shared_ptr<const Snapshot>> retired_;
  std::vector<Subscriber> subscribers_;
};

}  // namespace crossfade
