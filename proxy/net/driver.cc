#include "proxy/net/driver.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "config/base/verify.h"
#include "proxy/net/descriptor.h"

namespace crossfade::net {
namespace {

int make_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot create an epoll set");
  return fd;
}

}  // namespace

Driver::Driver(boost::asio::io_context& context)
    : epoll_{context, make_epoll()},
      timer_{context},
      now_{std::chrono::steady_clock::now()},
      deadlines_{now_} {}

Driver::~Driver() {
  stop();
}

void Driver::start() {
  if (is_started_) return;
  is_started_ = true;
  wait();
  arm_timer();
}

void Driver::stop() {
  is_started_ = false;
  timer_at_ = Deadline::kNever;
  epoll_.cancel();
  timer_.cancel();
}

void Driver::wait() {
  epoll_.async_wait(epoll_.wait_read, [this](const boost::system::error_code& error) {
    if (error) return;  // stopped; `this` may be gone
    turn();
    if (is_started_) wait();
  });
}

// Several rounds as long as there is something to do: each one saves a walk through the io_context,
// whose timers and posts get their turn after limits::kBusyTurnsMax.
void Driver::turn() {
  VERIFY(!in_turn_);
  in_turn_ = true;
  for (std::uint32_t round = 0; round < limits::kBusyTurnsMax; ++round) {
    ++turn_number_;
    refresh();
    const std::size_t events = dispatch_events();
    dispatch_queue();
    deadlines_.advance(now_);
    if (events == 0 && queue_.empty()) break;
  }
  in_turn_ = false;
  arm_timer();
}

std::size_t Driver::dispatch_events() {
  const int ready =
      ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  if (ready <= 0) return 0;  // only a signal can interrupt it
  events_end_ = static_cast<std::size_t>(ready);
  // All is noted before anybody is woken: who takes an idle connection must know what came for it.
  for (std::size_t i = 0; i < events_end_; ++i) {
    static_cast<Descriptor*>(events_[i].data.ptr)->on_events(events_[i].events);
  }
  for (events_next_ = 0; events_next_ < events_end_;) {
    auto* descriptor = static_cast<Descriptor*>(events_[events_next_++].data.ptr);
    if (descriptor != nullptr) wake(*descriptor);  // null: closed by one before it
  }
  events_next_ = events_end_ = 0;
  return static_cast<std::size_t>(ready);
}

void Driver::dispatch_queue() {
  waking_.swap(queue_);
  for (std::size_t i = 0; i < waking_.size(); ++i) {
    if (waking_[i] == nullptr) continue;
    waking_[i]->is_queued_ = false;
    wake(*std::exchange(waking_[i], nullptr));
  }
  waking_.clear();
}

void Driver::wake(Descriptor& descriptor) {
  woken_ = &descriptor;
  if (descriptor.reader_ != nullptr) descriptor.reader_->wake();
  // The reader may have closed and destroyed it.
  if (woken_ == &descriptor && descriptor.writer_ != nullptr) descriptor.writer_->wake();
  woken_ = nullptr;
}

void Driver::wake_soon(Descriptor& descriptor) {
  if (descriptor.is_queued_) return;
  descriptor.is_queued_ = true;
  queue_.push_back(&descriptor);
  if (!in_turn_) arm_timer();
}

Result<void> Driver::watch(Descriptor& descriptor) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &descriptor;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor.fd(), &event) == 0) return {};
  return Error{ErrorCode::kIo, Side::kSelf, Retry::kNever};
}

// Closing the socket takes it out of the set; what remains are the events and wake-ups already
// fetched.
void Driver::forget(Descriptor& descriptor) {
  if (woken_ == &descriptor) woken_ = nullptr;
  for (std::size_t i = events_next_; i < events_end_; ++i) {
    if (events_[i].data.ptr == &descriptor) events_[i].data.ptr = nullptr;
  }
  if (!descriptor.is_queued_) return;
  descriptor.is_queued_ = false;
  std::replace(waking_.begin(), waking_.end(), &descriptor, static_cast<Descriptor*>(nullptr));
  std::erase(queue_, &descriptor);
}

void Driver::arm(Deadline& deadline, Instant at) {
  if (deadlines_.arm(deadline, at) && !in_turn_) arm_timer();
}

void Driver::arm_timer() {
  const Instant due = queue_.empty() ? deadlines_.next_due() : now_;
  if (!is_started_ || due >= timer_at_) return;  // a timer too early does no harm: it is set again
  timer_at_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // moved or stopped
    timer_at_ = Deadline::kNever;
    turn();
  });
}

}  // namespace crossfade::net
