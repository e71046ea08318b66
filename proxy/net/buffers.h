#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "config/limits.h"

namespace crossfade::net {

class BufferPool;

// A buffer lent by a pool; goes back when destroyed. Empty when the pool was exhausted or after a
// move.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : pool_{std::exchange(other.pool_, nullptr)}, bytes_{std::exchange(other.bytes_, nullptr)} {}
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() { reset(); }

  explicit operator bool() const { return bytes_ != nullptr; }
  std::span<char> bytes() const;  // all of it; empty when there is none
  void reset();

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, char* bytes) : pool_{pool}, bytes_{bytes} {}
  BufferPool* pool_ = nullptr;
  char* bytes_ = nullptr;
};

// Buffers of one size for one worker: at most `max` lent at once, at most `kept` free ones kept,
// last in first out. Outlives the buffers it lent.
class BufferPool {
 public:
  BufferPool(std::size_t buffer_bytes, std::size_t max, std::size_t kept);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();  // Requires: nothing lent.

  Buffer take();  // empty when `max` are lent
  std::size_t buffer_bytes() const { return buffer_bytes_; }
  std::size_t lent() const { return lent_; }

 private:
  friend class Buffer;
  void give(char* bytes);
  std::size_t buffer_bytes_;
  std::size_t max_;
  std::size_t kept_;
  std::size_t lent_ = 0;
  std::vector<std::unique_ptr<char[]>> free_;
};

// What a worker has.
struct Buffers {
  BufferPool plain{limits::kBufferBytes, limits::kBuffersMax, limits::kBuffersKept};
  BufferPool bulk{limits::kBulkBufferBytes, limits::kBulkBuffersMax, limits::kBulkBuffersKept};
};

}  // namespace crossfade::net
