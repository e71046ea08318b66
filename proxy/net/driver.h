#pragma once

// The sockets of one worker: an edge-triggered epoll set nested in the worker's io_context. Each
// socket is registered once, for reading, writing and half-close, and never again; what a socket is
// ready for is remembered in its Descriptor. One per worker, on its thread. Coroutines are only
// ever resumed from turn(): nothing here calls back into the caller.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "config/base/instant.h"
#include "config/base/result.h"
#include "config/limits.h"
#include "proxy/net/deadlines.h"

namespace crossfade::net {

class Descriptor;

class Driver {
 public:
  // Best with io_context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO}: posting from other threads stays
  // legal.
  explicit Driver(boost::asio::io_context& context);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();  // Requires: no Descriptor of it is open.

  void start();
  // Lets io_context::run() return. Nobody is woken any more: cancel() the streams first and let
  // their tasks end.
  void stop();

  // The time of this turn: no system call. In a handler posted from outside call refresh() first.
  Instant now() const { return now_; }
  void refresh() { now_ = std::chrono::steady_clock::now(); }

  void arm(Deadline& deadline, Instant at);

  // ---- for Descriptor ----
  Result<void> watch(Descriptor& descriptor);
  void forget(Descriptor& descriptor);     // no event reaches it after
  void wake_soon(Descriptor& descriptor);  // in the next turn at the latest
  void wake(Descriptor& descriptor);       // now; only from turn()
  std::uint32_t turn_number() const { return turn_number_; }

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  void wait();
  void turn();
  std::size_t dispatch_events();
  void dispatch_queue();
  void arm_timer();

  boost::asio::posix::basic_stream_descriptor<Executor> epoll_;
  Timer timer_;
  Instant now_;
  Instant timer_at_ = Deadline::kNever;
  Deadlines deadlines_;
  Descriptor* woken_ = nullptr;      // being woken now; null once it has closed
  std::vector<Descriptor*> queue_;   // to be woken without an event
  std::vector<Descriptor*> waking_;  // the part of it that is being woken now
  std::array<epoll_event, limits::kEventsPerTurnMax> events_;
  std::size_t events_next_ = 0;  // of events_: the first one not dispatched yet
  std::size_t events_end_ = 0;
  std::uint32_t turn_number_ = 0;
  bool in_turn_ = false;
  bool is_started_ = false;
};

}  // namespace crossfade::net
