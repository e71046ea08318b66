#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>

#include "config/base/result.h"
#include "config/base/verify.h"
#include "proxy/net/deadlines.h"
#include "proxy/net/driver.h"
#include "proxy/net/unique_fd.h"

namespace crossfade::net {

// Somebody who waits for a Descriptor. wake() is called when it may be ready, has expired or was
// cancelled, possibly for nothing: the waiter tries, and stays where it is if there is nothing yet.
class Waiter {
 public:
  using Wake = void (*)(Waiter&);
  explicit Waiter(Wake on_wake) : wake_{on_wake} {}
  void wake() { wake_(*this); }

 private:
  Wake wake_;
};

// One non-blocking socket in the Driver's set: what it is ready for, who waits, until when.
// Stays where it was made. At most one reader and one writer wait at a time.
class Descriptor : private Deadline {
 public:
  Descriptor(Driver& driver, Side peer)
      : Deadline{&Descriptor::on_deadline}, driver_{driver}, peer_{peer} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  bool is_open() const { return static_cast<bool>(fd_); }
  void close();  // Requires: nobody waits.

  // Any wait, pending or later, that lasts past it fails with kTimeout. Moving it later costs two
  // stores.
  void set_deadline(Instant at) { driver_.arm(*this, at); }
  void clear_deadline() { set_deadline(kNever); }
  bool is_expired() const { return at() <= driver_.now(); }

  // Fails whoever waits, and every later operation, with this error. They are resumed from the
  // driver, not from here.
  void cancel(Error error);

  // The peer has closed, or half-closed, or reset: noticed without reading.
  bool peer_closed() const { return is_hung_up_; }

  Driver& driver() const { return driver_; }
  Side peer() const { return peer_; }
  int fd() const { return fd_.value(); }

 protected:
  friend class Driver;
  template <class Operation>
  friend class Awaiter;

  // Requires: closed. is_writable: known to be, without waiting for the first edge.
  Result<void> open(UniqueFd fd, bool is_writable);
  Error timeout() const { return {ErrorCode::kTimeout, peer_, Retry::kNever}; }
  Error error_of(int number) const;  // errno of a read or write

  // One that always has more must not starve the others: false once `limit` was spent in this turn,
  // and woken in the next.
  bool has_turn(std::uint32_t limit);
  void spend(std::uint32_t amount) { spent_ += amount; }

  static void on_deadline(Deadline& deadline);
  void on_events(std::uint32_t events);
  bool has_waiter() const { return reader_ != nullptr || writer_ != nullptr; }

  Driver& driver_;
  UniqueFd fd_;
  Waiter* reader_ = nullptr;
  Waiter* writer_ = nullptr;
  std::optional<Error> cancelled_;
  std::uint32_t last_turn_ = 0;  // in which it did something
  std::uint32_t spent_ = 0;      // in that turn: bytes received, or connections accepted
  Side peer_;
  bool is_readable_ = false;
  bool is_writable_ = false;
  bool is_hung_up_ = false;
  bool is_broken_ = false;  // the connection failed: an end that is read is not a clean one
  bool is_queued_ = false;  // in the driver's queue
};

// What an operation on a Descriptor shares: try at once; else wait and try again when woken.
// Operation::attempt() is true when it has a result, good or bad.
template <class Operation>
class Awaiter : public Waiter {
 public:
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  bool await_ready() { return static_cast<Operation*>(this)->attempt(); }
  void await_suspend(std::coroutine_handle<> waiting) {
    VERIFY(place_ == nullptr);
    place_ = this;
    waiting_ = waiting;
  }

 protected:
  explicit Awaiter(Waiter*& place) : Waiter{&Awaiter::try_again}, place_{place} {}
  static Waiter*& reader_of(Descriptor& descriptor) { return descriptor.reader_; }
  static Waiter*& writer_of(Descriptor& descriptor) { return descriptor.writer_; }

 private:
  static void try_again(Waiter& waiter) {
    auto& self = static_cast<Awaiter&>(waiter);
    if (!static_cast<Operation&>(self).attempt()) return;
    self.place_ = nullptr;
    self.waiting_.resume();
  }

  Waiter*& place_;  // the reader or the writer of the descriptor
  std::coroutine_handle<> waiting_;
};

}  // namespace crossfade::net
