#pragma once

// A coarse timer wheel: one ring of slots of kTick each. PURE: time is handed in.
// A deadline that moves later is only two stores: it stays in its slot and is looked at again when
// the slot is due, so that a timeout per request costs nothing. One beyond the ring's horizon waits
// in the last slot and moves on.

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/instant.h"

namespace crossfade::net {

class DeadlineLink {
 public:
  DeadlineLink() = default;
  DeadlineLink(const DeadlineLink&) = delete;
  DeadlineLink& operator=(const DeadlineLink&) = delete;
  ~DeadlineLink() { unlink(); }

 protected:
  friend class Deadlines;
  bool is_linked() const { return next_ != this; }
  void unlink();
  void insert_before(DeadlineLink& position);

  DeadlineLink* previous_ = this;
  DeadlineLink* next_ = this;
};

// One deadline, part of whatever it guards. Destroying it takes it out of the wheel.
class Deadline : public DeadlineLink {
 public:
  static constexpr Instant kNever = Instant::max();
  using Expired = void (*)(Deadline&);
  explicit Deadline(Expired expired) : expired_{expired} {}
  Instant at() const { return at_; }

 private:
  friend class Deadlines;
  Instant at_ = kNever;
  Instant due_ = kNever;  // when it is looked at next; moving at_ later leaves it
  Expired expired_;
};

class Deadlines {
 public:
  static constexpr Duration kTick = 4ms;       // deadlines are met at most this late
  static constexpr std::size_t kSlots = 4096;  // horizon 16 s

  explicit Deadlines(Instant start);

  // Sets or moves it; kNever clears it. True if the wheel is now due earlier than next_due() was
  // before.
  bool arm(Deadline& deadline, Instant at);

  // When advance() should be called next, perhaps for nothing; kNever when the wheel is empty.
  Instant next_due() const;

  // Calls expired() of each deadline at or before now, once: it is out of the wheel until it is
  // armed again. The call may arm and destroy any.
  void advance(Instant now);

 private:
  using Tick = std::uint64_t;
  Instant time_of(Tick tick) const { return start_ + static_cast<std::int64_t>(tick) * kTick; }
  bool link(Deadline& deadline);
  void fire_slot(Tick tick, Instant now);
  Tick first_occupied() const;

  Instant start_;
  Tick current_ = 0;                                      // slots up to here have been fired
  Tick earliest_ = UINT64_MAX;                            // no slot before this one is occupied
  std::array<std::uint64_t, kSlots / 64> occupied_ = {};  // a bit per slot that may hold a deadline
  std::array<DeadlineLink, kSlots> slots_;
};

}  // namespace crossfade::net
