#pragma once

#include <chrono>

namespace crossfade {

// A moment on the monotonic clock: the only time that decides anything. Never jumps, means nothing
// after a restart.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

// A moment on the wall clock: for people and records, never for decisions. It may jump.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

using namespace std::chrono_literals;

// The door to time. Worker and control loops ask it; pure code gets an Instant handed in.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace crossfade
