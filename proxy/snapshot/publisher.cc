#include "proxy/snapshot/publisher.h"

#include <algorithm>
#include <utility>

#include "config/base/verify.h"

namespace crossfade {

std::size_t Publisher::subscribe(Adopt adopt) {
  subscribers_.push_back({std::move(adopt)});
  if (current_) subscribers_.back().adopt(current_);
  return subscribers_.size() - 1;
}

void Publisher::publish(std::shared_ptr<const Snapshot> snapshot) {
  VERIFY(snapshot && snapshot->version > published());
  if (current_) retired_.push_back(std::move(current_));
  current_ = std::move(snapshot);
  for (const Subscriber& subscriber : subscribers_) subscriber.adopt(current_);
}

void Publisher::on_adopted(std::size_t worker, std::uint64_t version) {
  VERIFY(worker < subscribers_.size() && version <= published());
  subscribers_[worker].adopted = std::max(subscribers_[worker].adopted, version);
}

std::uint64_t Publisher::adopted() const {
  std::uint64_t slowest = published();
  for (const Subscriber& subscriber : subscribers_) slowest = std::min(slowest, subscriber.adopted);
  return slowest;
}

std::size_t Publisher::tick() {
  // A count of one cannot grow again: only this list could hand the Snapshot on, and it does not.
  return std::erase_if(retired_, [](const auto& snapshot) { return snapshot.use_count() == 1; });
}

}  // namespace crossfade
