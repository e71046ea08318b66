#include "proxy/net/descriptor.h"

#include <cerrno>
#include <utility>

#include <sys/epoll.h>

namespace crossfade::net {

Result<void> Descriptor::open(UniqueFd fd, bool is_writable) {
  VERIFY(!is_open() && fd);
  fd_ = std::move(fd);
  is_readable_ = is_hung_up_ = is_broken_ = false;
  is_writable_ = is_writable;
  cancelled_.reset();
  Result<void> watched = driver_.watch(*this);
  if (!watched) fd_.reset();
  return watched;
}

void Descriptor::close() {
  if (!is_open()) return;
  VERIFY(!has_waiter());
  driver_.forget(*this);
  clear_deadline();
  fd_.reset();
}

void Descriptor::cancel(Error error) {
  if (!is_open()) return;
  cancelled_ = std::move(error);
  if (has_waiter()) driver_.wake_soon(*this);
}

Error Descriptor::error_of(int number) const {
  switch (number) {
    case ECONNRESET: return {ErrorCode::kReset, peer_, Retry::kNever};
    case EPIPE: return {ErrorCode::kClosed, peer_, Retry::kNever};
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return {ErrorCode::kReset, peer_, Retry::kNever};  // the network gave up on the peer
    default: return {ErrorCode::kIo, Side::kSelf, Retry::kNever};
  }
}

bool Descriptor::has_turn(std::uint32_t limit) {
  if (last_turn_ != driver_.turn_number()) {
    last_turn_ = driver_.turn_number();
    spent_ = 0;
  }
  if (spent_ < limit) return true;
  driver_.wake_soon(*this);
  return false;
}

void Descriptor::on_deadline(Deadline& deadline) {
  auto& self = static_cast<Descriptor&>(deadline);
  self.driver_.wake(self);
}

void Descriptor::on_events(std::uint32_t events) {
  constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;  // the next system call says how
  if ((events & (EPOLLIN | EPOLLRDHUP | kBroken)) != 0) is_readable_ = true;
  if ((events & (EPOLLOUT | kBroken)) != 0) is_writable_ = true;
  if ((events & (EPOLLRDHUP | kBroken)) != 0) is_hung_up_ = true;
  if ((events & EPOLLERR) != 0) is_broken_ = true;
}

}  // namespace crossfade::net
