#include "proxy/net/buffers.h"

#include "config/base/verify.h"

namespace crossfade::net {

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  reset();
  pool_ = std::exchange(other.pool_, nullptr);
  bytes_ = std::exchange(other.bytes_, nullptr);
  return *this;
}

std::span<char> Buffer::bytes() const {
  if (bytes_ == nullptr) return {};
  return {bytes_, pool_->buffer_bytes()};
}

void Buffer::reset() {
  if (bytes_ != nullptr) pool_->give(std::exchange(bytes_, nullptr));
  pool_ = nullptr;
}

BufferPool::BufferPool(std::size_t buffer_bytes, std::size_t max, std::size_t kept)
    : buffer_bytes_{buffer_bytes}, max_{max}, kept_{kept} {
  free_.reserve(kept);
}

BufferPool::~BufferPool() {
  VERIFY(lent_ == 0);
}

Buffer BufferPool::take() {
  if (lent_ == max_) return {};
  ++lent_;
  if (free_.empty()) return {this, new char[buffer_bytes_]};
  char* bytes = free_.back().release();
  free_.pop_back();
  return {this, bytes};
}

void BufferPool::give(char* bytes) {
  --lent_;
  std::unique_ptr<char[]> buffer{bytes};
  if (free_.size() < kept_) free_.push_back(std::move(buffer));
}

}  // namespace crossfade::net
