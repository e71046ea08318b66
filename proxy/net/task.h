#pragma once

// Sessions are coroutines of this lean type: lazy, no type erasure, frames recycled per thread, and
// no exceptions (one that escapes ends the process). Single-threaded: a task is started, resumed
// and destroyed on one thread.
//
//   Task<Result<Lease>> connect(...);     Result<Lease> lease = co_await connect(...);
//   spawn(serve(...));                    detached, starts at once
//   co_await both(upload(), download());  side by side, done when both are
//
// Named coroutine functions only: a lambda's captures die with the lambda, not with the coroutine.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "config/base/verify.h"
#include "proxy/net/frames.h"

namespace crossfade::net {

template <class T = void>
class Task;

class TaskPromise {
 public:
  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) { give_frame(frame, size); }

  struct AtEnd {
    bool await_ready() noexcept { return false; }
    void await_resume() noexcept {}
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      const TaskPromise& promise = ended.promise();
      if (promise.is_detached) {
        ended.destroy();
        return std::noop_coroutine();
      }
      if (promise.sibling && !promise.sibling.done()) return std::noop_coroutine();
      return promise.continuation;
    }
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  AtEnd final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { std::terminate(); }

  std::coroutine_handle<> continuation =
      std::noop_coroutine();        // who awaits; set once the task has suspended
  std::coroutine_handle<> sibling;  // of both(): the last of the two continues
  bool is_detached = false;
};

template <class T>
class ValuePromise : public TaskPromise {
 public:
  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class ValuePromise<void> : public TaskPromise {
 public:
  Task<void> get_return_object();
  void return_void() {}
  void take() {}
};

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = ValuePromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_{handle} {}
  Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // Runs the task inside the awaiting coroutine's call. One that ends without ever suspending costs
  // no transfer and no stack, at any optimisation level: a loop over such tasks cannot overflow.
  class Awaiter {
   public:
    explicit Awaiter(Handle handle) : handle_{handle} {}
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
      handle_.resume();
      if (handle_.done()) return false;
      handle_.promise().continuation = parent;
      return true;
    }
    T await_resume() { return handle_.promise().take(); }

   private:
    Handle handle_;
  };
  Awaiter operator co_await() && { return Awaiter{handle_}; }

  // For spawn() and both(): gives up, or shows, the coroutine.
  Handle release() { return std::exchange(handle_, nullptr); }
  Handle handle() const { return handle_; }

 private:
  Handle handle_;
};

template <class T>
Task<T> ValuePromise<T>::get_return_object() {
  return Task<T>{std::coroutine_handle<ValuePromise>::from_promise(*this)};
}
inline Task<void> ValuePromise<void>::get_return_object() {
  return Task<void>{std::coroutine_handle<ValuePromise>::from_promise(*this)};
}

// Runs a task that nobody awaits; its frame frees itself at the end.
inline void spawn(Task<void> task) {
  const Task<void>::Handle handle = task.release();
  handle.promise().is_detached = true;
  handle.resume();
}

class [[nodiscard]] Both {
 public:
  Both(Task<void> a, Task<void> b) : a_{std::move(a)}, b_{std::move(b)} {}
  bool await_ready() { return false; }
  void await_resume() {}
  bool await_suspend(std::coroutine_handle<> parent) {
    const auto a = a_.handle();
    const auto b = b_.handle();
    a.resume();
    b.resume();
    if (a.done() && b.done()) return false;
    a.promise().sibling = b;
    b.promise().sibling = a;
    a.promise().continuation = parent;
    b.promise().continuation = parent;
    return true;
  }

 private:
  Task<void> a_;
  Task<void> b_;
};

inline Both both(Task<void> a, Task<void> b) {
  return Both{std::move(a), std::move(b)};
}

}  // namespace crossfade::net
