#pragma once

#include <memory>
#include <utility>

#include "config/base/verify.h"
#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// The Snapshot a worker serves from, and older ones as long as an Exchange still holds them.
// Counted without atomics: everything happens on the worker's thread. Giving a Snapshot up is only
// a shared_ptr less: the publisher holds its own and frees it outside any request.
class Pins {
  struct Held {
    std::shared_ptr<const Snapshot> snapshot;
    std::size_t pins = 1;  // one of them is Pins' own while it is the current one
  };

 public:
  // One holder's claim on one picture of the world.
  class Pin {
   public:
    Pin(Pin&& other) noexcept : held_{std::exchange(other.held_, nullptr)} {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(held_, other.held_);
      return *this;
    }
    ~Pin() {
      if (held_ != nullptr && --held_->pins == 0) delete held_;
    }

    const Snapshot& operator*() const { return *held_->snapshot; }
    const Snapshot* operator->() const { return held_->snapshot.get(); }

   private:
    friend class Pins;
    explicit Pin(Held* held) : held_{held} {}
    Held* held_;
  };

  // Requires: snapshot is not null.
  explicit Pins(std::shared_ptr<const Snapshot> snapshot) : current_{make(std::move(snapshot))} {}

  Pin current() {
    ++current_.held_->pins;
    return Pin{current_.held_};
  }
  const Snapshot& snapshot() const { return *current_; }

  // From now on current() is this one. Requires: snapshot is not null.
  void adopt(std::shared_ptr<const Snapshot> snapshot) { current_ = make(std::move(snapshot)); }

 private:
  static Pin make(std::shared_ptr<const Snapshot> snapshot) {
    VERIFY(snapshot != nullptr);
    return Pin{new Held{std::move(snapshot)}};
  }

  Pin current_;
};

}  // namespace crossfade
