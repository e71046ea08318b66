#include "proxy/net/deadlines.h"

#include <algorithm>
#include <bit>

#include "config/base/verify.h"

namespace crossfade::net {

void DeadlineLink::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

void DeadlineLink::insert_before(DeadlineLink& position) {
  previous_ = position.previous_;
  next_ = &position;
  previous_->next_ = this;
  position.previous_ = this;
}

Deadlines::Deadlines(Instant start) : start_{start} {}

bool Deadlines::arm(Deadline& deadline, Instant at) {
  deadline.at_ = at;
  if (deadline.is_linked()) {
    if (deadline.due_ <= at) return false;
    deadline.unlink();
  } else if (at == Deadline::kNever) {
    return false;
  }
  return link(deadline);
}

// Puts it into the slot at or after its time, within the horizon.
bool Deadlines::link(Deadline& deadline) {
  const Duration after_start = deadline.at_ - start_;
  const auto wanted = static_cast<Tick>(std::max(after_start, Duration::zero()) / kTick) + 1;
  const Tick tick = std::clamp(wanted, current_ + 1, current_ + kSlots - 1);
  deadline.due_ = std::min(deadline.at_, time_of(tick));
  deadline.insert_before(slots_[tick % kSlots]);
  occupied_[tick % kSlots / 64] |= std::uint64_t{1} << (tick % 64);
  if (tick >= earliest_) return false;
  earliest_ = tick;
  return true;
}

Instant Deadlines::next_due() const {
  return earliest_ == UINT64_MAX ? Deadline::kNever : time_of(earliest_);
}

void Deadlines::advance(Instant now) {
  if (now < next_due()) return;
  const auto target = static_cast<Tick>((now - start_) / kTick);
  const Tick last = std::min(target, current_ + kSlots);  // a whole round visits every slot
  Tick tick = earliest_;
  current_ = target;
  earliest_ = UINT64_MAX;
  for (; tick <= last; ++tick) {
    if ((occupied_[tick % kSlots / 64] >> (tick % 64) & 1) != 0) fire_slot(tick, now);
  }
  earliest_ = std::min(earliest_, first_occupied());
}

void Deadlines::fire_slot(Tick tick, Instant now) {
  DeadlineLink& slot = slots_[tick % kSlots];
  occupied_[tick % kSlots / 64] &= ~(std::uint64_t{1} << (tick % 64));
  DeadlineLink firing;  // what is armed meanwhile may land in the same slot, a round later
  while (slot.is_linked()) {
    DeadlineLink& link = *slot.next_;
    link.unlink();
    link.insert_before(firing);
  }
  while (firing.is_linked()) {
    auto& deadline = static_cast<Deadline&>(*firing.next_);
    deadline.unlink();
    if (deadline.at_ <= now) {
      deadline.expired_(deadline);
    } else if (deadline.at_ != Deadline::kNever) {
      link(deadline);
    }
  }
}

// Of the slots after current_; UINT64_MAX when there is none.
Deadlines::Tick Deadlines::first_occupied() const {
  const Tick from = current_ + 1;
  for (Tick skipped = 0; skipped < kSlots + 64;) {
    const Tick tick = from + skipped;
    const std::uint64_t bits = occupied_[tick % kSlots / 64] >> (tick % 64);
    if (bits != 0) return tick + static_cast<Tick>(std::countr_zero(bits));
    skipped += 64 - tick % 64;
  }
  return UINT64_MAX;
}

}  // namespace crossfade::net
