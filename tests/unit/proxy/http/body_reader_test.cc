#include <catch2/catch.hpp>

#include "config/base/random.h"
#include "messages.h"
#include "proxy/http/chunk_writer.h"

namespace crossfade::http {
namespace {

const std::string kBody =
    "5;a=b\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nx-sum: 1\r\nHost: b\r\n\r\nnext";

}  // namespace

TEST_CASE("a chunked body cut at any two places is the same body") {
  for (std::size_t first = 0; first <= kBody.size(); ++first) {
    for (std::size_t second = first; second <= kBody.size(); ++second) {
      const ReadBody body = read_body(kBody, Framing::kChunked, 0, {first, second});
      INFO("cut at " << first << " and " << second);
      REQUIRE(body.fault == Fault::kNone);
      REQUIRE(body.done);
      REQUIRE(body.payload == "hello 0123456789");
      REQUIRE(body.trailers == "x-sum: 1\r\n");
      REQUIRE(body.used == kBody.size() - 4);
    }
  }
}

TEST_CASE("a malformed body cut anywhere has the same fault") {
  for (const std::string text :
       {"5\r\nhelloX\n0\r\n\r\n", "5;\x01\r\nhello\r\n", "0\r\na b: c\r\n\r\n", "zz\r\n"}) {
    const Fault fault = read_chunked(text).fault;
    CHECK(fault != Fault::kNone);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      CHECK(read_body(text, Framing::kChunked, 0, {cut}).fault == fault);
    }
  }
}

TEST_CASE("a body with a length cut anywhere is the same body") {
  const std::string text = "0123456789next";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const ReadBody body = read_body(text, Framing::kLength, 10, {cut});
    CHECK(body.payload == "0123456789");
    CHECK(body.used == 10);
    CHECK(body.done);
  }
}

TEST_CASE("a body until close is all that comes and never done") {
  const ReadBody body = read_body("abc", Framing::kUntilClose, 0, {1});
  CHECK(body.payload == "abc");
  CHECK_FALSE(body.done);
}

TEST_CASE("an empty body is done at once") {
  CHECK(BodyReader(Framing::kNone, 0).done());
  CHECK(BodyReader(Framing::kLength, 0).done());
  CHECK_FALSE(BodyReader(Framing::kChunked, 0).done());
}

TEST_CASE("random bodies chunked by the writer and cut at random read back as they were") {
  const std::uint64_t seed = 20221108;
  INFO("seed " << seed);
  Random random{seed};
  for (int round = 0; round < 300; ++round) {
    std::string payload;
    std::string wire;
    for (std::uint32_t chunk = random.below(6); chunk > 0; --chunk) {
      std::string piece(1 + random.below(300), static_cast<char>(random.below(256)));
      char room[kChunkLineBytes];
      wire.append(write_chunk_line(room, piece.size())).append(piece).append(kChunkEnd);
      payload += piece;
    }
    wire.append(kLastChunk).append(kLineEnd);
    std::vector<std::size_t> cuts;
    for (std::uint32_t at = 0; (at += 1 + random.below(200)) < wire.size();) cuts.push_back(at);

    const ReadBody body = read_body(wire, Framing::kChunked, 0, cuts);
    REQUIRE(body.done);
    REQUIRE(body.payload == payload);
    REQUIRE(body.used == wire.size());
  }
}

TEST_CASE("a chunk line is its size in hexadecimal") {
  char room[kChunkLineBytes];
  CHECK(write_chunk_line(room, 1) == "1\r\n");
  CHECK(write_chunk_line(room, 0xabc123) == "abc123\r\n");
  CHECK(write_chunk_line(room, UINT64_MAX) == "ffffffffffffffff\r\n");
}

}  // namespace crossfade::http
