#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config/base/address.h"
#include "proxy/net/buffers.h"
#include "proxy/net/stream.h"

namespace crossfade {

// Bytes received and not used yet, in a buffer that is only there when it is needed.
class Input {
 public:
  bool empty() const { return begin_ == end_; }
  std::span<char> bytes() const { return buffer_.bytes().subspan(begin_, end_ - begin_); }
  std::string_view text() const { return {bytes().data(), bytes().size()}; }
  std::span<char> room() const { return buffer_.bytes().subspan(end_); }

  void received(std::size_t size) { end_ += size; }
  void use(std::size_t size) { begin_ += size; }

  // Gives room for more: takes a buffer if there is none (a large one only while there are some),
  // moves the bytes to its front when they stand at its end. False: the pool is exhausted, or the
  // buffer is full.
  bool make_room(net::Buffers& pools, bool is_bulk = false) {
    if (!buffer_) {
      if (is_bulk) buffer_ = pools.bulk.take();
      if (!buffer_) buffer_ = pools.plain.take();
      begin_ = end_ = 0;
    } else if (end_ == buffer_.bytes().size() && begin_ > 0) {
      std::memmove(buffer_.bytes().data(), bytes().data(), end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    return !room().empty();
  }

  // Nobody looks at the bytes used so far any more.
  void forget_used() {
    if (!empty()) return;
    buffer_.reset();
    begin_ = end_ = 0;
  }

 private:
  net::Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// The client's end of a session.
struct Client {
  Client(net::Driver& driver, const Address& peer)
      : stream{driver, Side::kClient}, address{peer.host()} {}

  net::Stream stream;
  Input input;
  std::string address;  // without port
  net::Stream* upstream =
      nullptr;  // whom the session's exchange talks to now, so that stopping reaches it too
};

}  // namespace crossfade
