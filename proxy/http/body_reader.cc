#include "proxy/http/body_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "config/base/verify.h"
#include "proxy/http/field_reader.h"
#include "proxy/http/scan.h"

namespace crossfade::http {
namespace {

constexpr std::uint8_t kSizeDigitsMax =
    13;  // below 2^52: no real chunk is that large, and nothing overflows

// What must not arrive after the body (RFC 9110 section 6.5.1): all that we act upon, and fields
// that change how the message is routed, authenticated, cached or decoded.
bool is_forbidden_trailer(const Header& field) {
  constexpr std::array<std::string_view, 18> kForbidden = {"age",
                                                           "authentication-info",
                                                           "cache-control",
                                                           "content-encoding",
                                                           "content-range",
                                                           "content-type",
                                                           "expires",
                                                           "if-match",
                                                           "if-modified-since",
                                                           "if-none-match",
                                                           "if-range",
                                                           "if-unmodified-since",
                                                           "location",
                                                           "range",
                                                           "retry-after",
                                                           "set-cookie",
                                                           "vary",
                                                           "www-authenticate"};
  return field.id != HeaderId::kOther ||
         std::any_of(kForbidden.begin(), kForbidden.end(), [&field](std::string_view name) {
           return equal_ignoring_case(field.name, name);
         });
}

}  // namespace

BodyReader::BodyReader(Framing framing, std::uint64_t content_length) : framing_{framing} {
  switch (framing) {
    case Framing::kNone: break;
    case Framing::kLength:
      remaining_ = content_length;
      state_ = content_length > 0 ? State::kPayload : State::kDone;
      break;
    case Framing::kChunked: state_ = State::kSize; break;
    case Framing::kUntilClose: state_ = State::kPayload; break;
  }
}

BodyPart BodyReader::push(std::span<char> bytes) {
  if (state_ == State::kDone) return {};
  switch (framing_) {
    case Framing::kNone: return {};
    case Framing::kUntilClose: return {bytes.size(), bytes, Fault::kNone};
    case Framing::kChunked: return push_chunked(bytes);
    case Framing::kLength: break;
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
  remaining_ -= size;
  if (remaining_ == 0) state_ = State::kDone;
  return {size, bytes.first(size), Fault::kNone};
}

BodyPart BodyReader::push_chunked(std::span<char> bytes) {
  BodyPart part;
  while (part.used < bytes.size() && state_ != State::kDone) {
    char* const at = bytes.data() + part.used;
    if (state_ != State::kPayload) {
      ++part.used;
      part.fault = on_framing(*at);
      if (part.fault != Fault::kNone) return part;
      continue;
    }
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size() - part.used));
    if (part.payload.empty()) {
      part.payload = {at, size};
    } else {
      std::memmove(part.payload.data() + part.payload.size(), at, size);
      part.payload = {part.payload.data(), part.payload.size() + size};
    }
    part.used += size;
    remaining_ -= size;
    overhead_ -= std::min<std::uint64_t>(overhead_, size);
    if (remaining_ == 0) state_ = State::kChunkEnd;
  }
  return part;
}

Fault BodyReader::on_framing(char c) {
  if (++overhead_ > limits::kChunkOverheadBytesMax) return Fault::kChunkOverhead;
  switch (state_) {
    case State::kSize:
    case State::kExtension: return on_size(c);
    case State::kSizeEnd:
      if (c != '\n') return Fault::kChunk;
      state_ = remaining_ > 0 ? State::kPayload : State::kTrailers;
      return Fault::kNone;
    case State::kChunkEnd:
      if (c != '\r') return Fault::kChunk;
      state_ = State::kChunkEndLine;
      return Fault::kNone;
    case State::kChunkEndLine:
      if (c != '\n') return Fault::kChunk;
      state_ = State::kSize;
      digits_ = 0;
      line_bytes_ = 0;
      return Fault::kNone;
    case State::kTrailers: return on_trailer(c);
    case State::kPayload:
    case State::kDone: break;
  }
  VERIFY(false);
  return Fault::kChunk;
}

// Extensions are read over: nobody uses them, and what they mean ends at the next hop (RFC 9112
// section 7.1.1).
Fault BodyReader::on_size(char c) {
  if (++line_bytes_ > limits::kChunkLineBytesMax) return Fault::kChunkOverhead;
  if (state_ == State::kSize) {
    if (const int digit = hex_value(c); digit >= 0) {
      if (++digits_ > kSizeDigitsMax) return Fault::kChunk;
      remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
      return Fault::kNone;
    }
    if (digits_ == 0) return Fault::kChunk;
    if (c == ';') {
      state_ = State::kExtension;
      return Fault::kNone;
    }
    if (c != '\r') return Fault::kChunk;
  }
  if (c == '\r') {
    state_ = State::kSizeEnd;
    return Fault::kNone;
  }
  const bool is_control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  return is_control ? Fault::kChunk : Fault::kNone;
}

Fault BodyReader::on_trailer(char c) {
  if (++trailer_bytes_ > limits::kTrailerBytesMax) return Fault::kTrailer;
  if (c != '\n') {
    trailers_.push_back(c);
    return Fault::kNone;
  }
  if (trailers_.size() == line_begin_ || trailers_.back() != '\r') return Fault::kTrailer;
  trailers_.push_back(c);
  if (trailers_.size() == line_begin_ + 2) {
    trailers_.resize(line_begin_);
    state_ = State::kDone;
    return Fault::kNone;
  }
  return end_trailer_line();
}

// Keeps the line that was just completed, or drops it when it must not be passed on.
Fault BodyReader::end_trailer_line() {
  if (++trailer_count_ > limits::kHeadersMax) return Fault::kTrailer;
  const char* at = trailers_.data() + line_begin_;
  const char* const end = trailers_.data() + trailers_.size();
  Header field;
  if (read_field(at, end, field) != Fault::kNone || at != end) return Fault::kTrailer;
  if (is_forbidden_trailer(field)) trailers_.resize(line_begin_);
  line_begin_ = trailers_.size();
  return Fault::kNone;
}

}  // namespace crossfade::http
