// A body means the same in one piece and in many, and its payload chunked anew reads back as it
// was.

#include <cstdint>
#include <string>

#include "config/base/verify.h"
#include "proxy/http/body_reader.h"
#include "proxy/http/chunk_writer.h"

namespace crossfade::http {
namespace {

struct Outcome {
  std::string payload;
  std::size_t used = 0;
  Fault fault = Fault::kNone;
  bool done = false;
  std::string trailers;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view text, std::size_t piece_size) {
  BodyReader reader{Framing::kChunked, 0};
  Outcome outcome;
  for (std::size_t at = 0; at < text.size() && !reader.done(); at += piece_size) {
    std::string piece(text.substr(at, piece_size));
    const BodyPart part = reader.push(piece);
    outcome.payload.append(part.payload.begin(), part.payload.end());
    outcome.used += part.used;
    outcome.fault = part.fault;
    if (part.fault != Fault::kNone) break;
    VERIFY(part.used == piece.size() || reader.done());
  }
  outcome.done = reader.done();
  outcome.trailers = reader.trailers();
  return outcome;
}

void check_body(std::string_view text) {
  const Outcome whole = read(text, text.size() + 1);
  for (const std::size_t piece_size : {1, 2, 7}) VERIFY(read(text, piece_size) == whole);
  if (!whole.done) return;

  std::string wire;
  if (!whole.payload.empty()) {
    char room[kChunkLineBytes];
    wire.append(write_chunk_line(room, whole.payload.size()))
        .append(whole.payload)
        .append(kChunkEnd);
  }
  wire.append(kLastChunk).append(whole.trailers).append(kLineEnd);
  const Outcome again = read(wire, wire.size());
  VERIFY(again.done && again.fault == Fault::kNone && again.used == wire.size());
  VERIFY(again.payload == whole.payload && again.trailers == whole.trailers);
}

}  // namespace
}  // namespace crossfade::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  crossfade::http::check_body({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
