#pragma once

#include <sys/uio.h>

#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "config/base/verify.h"
#include "config/limits.h"
#include "proxy/http/body_reader.h"
#include "proxy/http/chunk_writer.h"

namespace crossfade {

// What one writev sends: a head and the part of the body that is already here, in the framing of
// the receiver. The bytes stay where they are and must live until they are sent.
class Pieces {
 public:
  Pieces() = default;
  Pieces(const Pieces&) = delete;  // pieces point into it
  Pieces& operator=(const Pieces&) = delete;

  void add(std::string_view bytes) {
    if (bytes.empty()) return;
    VERIFY(size_ < pieces_.size());
    pieces_[size_++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }

  // A part that `body` gave out, and the end of the body if it is over. Once for each Pieces.
  void add_body(http::Framing framing, std::span<const char> payload,
                const http::BodyReader& body) {
    const std::string_view bytes{payload.data(), payload.size()};
    if (framing != http::Framing::kChunked) return add(bytes);
    if (!bytes.empty()) {
      add(http::write_chunk_line(line_, bytes.size()));
      add(bytes);
      add(http::kChunkEnd);
    }
    if (body.done()) add_end(body.trailers());
  }

  // The end of a chunked body.
  void add_end(std::string_view trailers) {
    add(http::kLastChunk);
    add(trailers);
    add(http::kLineEnd);
  }

  // Moves what follows the first piece behind it, when that is little: one plain send costs less
  // than gathering. Requires: not empty; the first piece stands at the beginning of `room`.
  void join(std::span<char> room) {
    VERIFY(size_ > 0 && pieces_[0].iov_base == room.data());
    std::size_t end = pieces_[0].iov_len;
    std::size_t rest = 0;
    for (std::size_t i = 1; i < size_; ++i) rest += pieces_[i].iov_len;
    if (rest > limits::kJoinBytesMax || end + rest > room.size()) return;
    for (std::size_t i = 1; i < size_; ++i) {
      std::memcpy(room.data() + end, pieces_[i].iov_base, pieces_[i].iov_len);
      end += pieces_[i].iov_len;
    }
    pieces_[0].iov_len = end;
    size_ = 1;
  }

  bool empty() const { return size_ == 0; }
  std::span<iovec> all() { return {pieces_.data(), size_}; }

 private:
  std::array<iovec, 8> pieces_;
  std::size_t size_ = 0;
  std::array<char, http::kChunkLineBytes> line_;
};

}  // namespace crossfade
