#pragma once

#include <sys/uio.h>

#include <array>
#include <span>
#include <string_view>

#include "config/base/verify.h"
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

  bool empty() const { return size_ == 0; }
  std::span<iovec> all() { return {pieces_.data(), size_}; }

 private:
  std::array<iovec, 8> pieces_;
  std::size_t size_ = 0;
  std::array<char, http::kChunkLineBytes> line_;
};

}  // namespace crossfade
