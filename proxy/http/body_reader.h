#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proxy/http/fault.h"
#include "proxy/http/head.h"

namespace crossfade::http {

// What one push() made of its bytes.
struct BodyPart {
  std::size_t used = 0;     // bytes that belonged to the body; the rest is the next message
  std::span<char> payload;  // inside the pushed bytes; may be empty
  Fault fault =
      Fault::kNone;  // kChunk, kChunkOverhead, kTrailer: payload is still what came before it
};

// Takes the framing off one body. Not thread-safe; one per body.
// Received chunk framing is never passed on: the payload is given out bare and chunked anew by
// chunk_writer.h.
class BodyReader {
 public:
  BodyReader() = default;  // a body that is not there: done at once
  BodyReader(Framing framing, std::uint64_t content_length);

  // Uses bytes up to the end of the body. The payload of several chunks is moved together inside
  // `bytes`, so there is one piece for each push; bytes after `used` are not touched. Requires: no
  // fault before.
  BodyPart push(std::span<char> bytes);

  bool done() const { return state_ == State::kDone; }

  // Whether the peer may close now: the body is over or ends with the connection. False: it was cut
  // off.
  bool may_close() const { return done() || framing_ == Framing::kUntilClose; }

  // Payload bytes that are still to come when the length is known (of the body or of this chunk);
  // else 0.
  std::uint64_t remaining() const { return remaining_; }

  // The trailers fit to be passed on, as field lines that each end in CRLF. Empty before done() and
  // mostly after.
  std::string_view trailers() const {
    return done() ? std::string_view(trailers_) : std::string_view{};
  }

 private:
  // kSizeEnd and kChunkEndLine expect the LF after a CR.
  enum class State : std::uint8_t {
    kDone,
    kPayload,
    kSize,
    kExtension,
    kSizeEnd,
    kChunkEnd,
    kChunkEndLine,
    kTrailers
  };

  BodyPart push_chunked(std::span<char> bytes);
  Fault on_framing(char c);
  Fault on_size(char c);
  Fault on_trailer(char c);
  Fault end_trailer_line();

  Framing framing_ = Framing::kNone;
  State state_ = State::kDone;
  std::uint8_t digits_ = 0;          // of this chunk's size
  std::uint8_t trailer_count_ = 0;   // received, kept or not
  std::uint16_t line_bytes_ = 0;     // of this chunk-size line
  std::uint32_t trailer_bytes_ = 0;  // received, kept or not
  std::uint64_t remaining_ = 0;
  std::uint64_t overhead_ = 0;  // framing bytes not yet made up for by payload
  std::string trailers_;        // kept lines and, until its end is here, the line being read
  std::size_t line_begin_ = 0;  // where that line begins in trailers_
};

}  // namespace crossfade::http
