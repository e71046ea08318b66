// The rules that keep two hops from understanding one message differently: where a body ends.
// One test or more for each, named after it.

#include <catch2/catch.hpp>

#include "messages.h"

namespace crossfade::http {
namespace {

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

}  // namespace

TEST_CASE("rule 1: content-length with transfer-encoding is rejected") {
  CHECK(request_fault(post_with("Content-Length: 5\r\n" + kChunked)) == Fault::kTransferEncoding);
  CHECK(request_fault(post_with(kChunked + "Content-Length: 5\r\n")) == Fault::kTransferEncoding);
  CHECK(request_fault(post_with(kChunked + "Content-Length: 0\r\n")) == Fault::kTransferEncoding);
}

TEST_CASE("rule 1: a response with both is chunked, loses its content-length and closes") {
  const std::string both = ok_with("Content-Length: 5\r\n" + kChunked);
  const ReadResponse read{both};

  REQUIRE(read.fault == Fault::kNone);
  CHECK(read.head.framing == Framing::kChunked);
  CHECK_FALSE(read.head.keep_alive);
  const std::string out = answered(get_with(""), both);
  CHECK(has_line(out, "Transfer-Encoding: chunked"));
  CHECK(count(out, "Content-Length") == 0);
}

TEST_CASE("rule 2: transfer-encoding in HTTP/1.0 is rejected") {
  const std::string post = "POST / HTTP/1.0\r\nHost: a\r\n" + kChunked + "\r\n";
  CHECK(request_fault(post) == Fault::kTransferEncoding);
  CHECK(response_fault("HTTP/1.0 200 OK\r\n" + kChunked + "\r\n") == Fault::kTransferEncoding);
}

TEST_CASE("rule 3: a transfer coding other than chunked is not implemented") {
  for (const std::string value :
       {"gzip", "gzip, chunked", "identity", "xchunked", "chunked;a=b", "chunke"}) {
    INFO(value);
    const Fault fault = request_fault(post_with("Transfer-Encoding: " + value + "\r\n"));
    CHECK(fault == Fault::kUnknownCoding);
    CHECK(status_of(fault) == 501);
  }
  CHECK(request_fault(post_with("Transfer-Encoding: \tChunked \r\n")) == Fault::kNone);
}

TEST_CASE("rule 3: chunked doubled or not last, empty lists and several fields are rejected") {
  for (const std::string value :
       {"chunked, gzip", "chunked, chunked", "", ",chunked", "chunked,", "gzip,,chunked"}) {
    INFO(value);
    const Fault fault = request_fault(post_with("Transfer-Encoding: " + value + "\r\n"));
    CHECK(fault == Fault::kTransferEncoding);
  }
  CHECK(request_fault(post_with(kChunked + kChunked)) == Fault::kTransferEncoding);
  const std::string identity = "Transfer-Encoding: identity\r\n";
  CHECK(request_fault(post_with(kChunked + identity)) == Fault::kTransferEncoding);
}

TEST_CASE("rule 4: content-length is digits and nothing else") {
  for (const std::string value : {"", "+5", "-5", "0x5", "5_0", "5 0", "5.0", "five", "5;",
                                  "\xd9\xa5", ",", "5,", ",5", "5,,5"}) {
    INFO(value);
    const std::string field = "Content-Length: " + value + "\r\n";
    CHECK(request_fault(post_with(field)) == Fault::kContentLength);
    CHECK(response_fault(ok_with(field)) == Fault::kContentLength);
  }
}

TEST_CASE("rule 4: content-length that overflows or passes the limit is rejected") {
  const std::string most = std::to_string(limits::kBodyBytesMax);
  const ReadRequest largest{post_with("Content-Length: " + most + "\r\n")};
  CHECK(largest.head.content_length == limits::kBodyBytesMax);

  const std::string over = std::to_string(limits::kBodyBytesMax + 1);
  for (const std::string& value : {over, std::string("18446744073709551616"),
                                   std::string("18446744073709551621"), std::string(300, '9')}) {
    INFO(value);
    CHECK(request_fault(post_with("Content-Length: " + value + "\r\n")) == Fault::kContentLength);
  }
}

TEST_CASE("rule 4: different content-lengths are rejected, equal ones are forwarded once") {
  const std::string five = "Content-Length: 5\r\n";
  CHECK(request_fault(post_with(five + "Content-Length: 6\r\n")) == Fault::kContentLength);
  CHECK(request_fault(post_with("Content-Length: 5, 6\r\n")) == Fault::kContentLength);
  for (const std::string& fields : {five + five, std::string("Content-Length: 5, 5\r\n")}) {
    const std::string out = forwarded(post_with(fields));
    CHECK(count(out, "Content-Length") == 1);
    CHECK(has_line(out, "Content-Length: 5"));
  }
}

TEST_CASE("rule 5: a chunk size is 1 to 13 hexadecimal digits") {
  CHECK(read_chunked("A\r\n0123456789\r\n0\r\n\r\n").payload == "0123456789");
  CHECK(read_chunked("0000000000001\r\nx\r\n0\r\n\r\n").payload == "x");
  for (const std::string size :
       {"", "g", "-1", "+1", "0x1", "1 ", " 1", "1_0", "00000000000001", "ffffffffffffff"}) {
    INFO(size);
    CHECK(read_chunked(size + "\r\nx\r\n0\r\n\r\n").fault == Fault::kChunk);
  }
}

TEST_CASE("rule 5: chunk lines end in CRLF and in nothing else") {
  for (const std::string text :
       {"1\nx\r\n0\r\n\r\n", "1\r\rx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx\r0\r\n\r\n", "1\r\nx\r\r0\r\n\r\n", "1\rx", "1;a\nx\r\n0\r\n\r\n"}) {
    INFO(text);
    CHECK(read_chunked(text).fault == Fault::kChunk);
  }
  CHECK(read_chunked("0\r\n\n").fault == Fault::kTrailer);
  CHECK(read_chunked("0\r\na: b\n\r\n").fault == Fault::kTrailer);
}

TEST_CASE("rule 5: extensions are read over without control characters and within limits") {
  CHECK(read_chunked("1;a=b;c=\"d;e\"\r\nx\r\n0;f\r\n\r\n").payload == "x");
  CHECK(read_chunked(std::string("1;a\0b\r\nx", 9)).fault == Fault::kChunk);
  CHECK(read_chunked("1;a\"\rb\"\r\nx").fault == Fault::kChunk);
  const std::string longest(limits::kChunkLineBytesMax, 'x');
  CHECK(read_chunked("1;" + longest + "\r\nx").fault == Fault::kChunkOverhead);
}

TEST_CASE("rule 5: a body of mostly framing is rejected, a long one of small chunks is not") {
  BodyReader tiny{Framing::kChunked, 0};
  Fault fault = Fault::kNone;
  for (int i = 0; i < 1'000'000 && fault == Fault::kNone; ++i) {
    std::string chunk = "1\r\nx\r\n";
    fault = tiny.push(chunk).fault;
  }
  CHECK(fault == Fault::kChunkOverhead);

  BodyReader small{Framing::kChunked, 0};
  fault = Fault::kNone;
  for (int i = 0; i < 300'000 && fault == Fault::kNone; ++i) {
    std::string chunk = "8\r\n01234567\r\n";
    fault = small.push(chunk).fault;
  }
  CHECK(fault == Fault::kNone);
}

TEST_CASE("rule 15: bytes after a body are not taken for it") {
  CHECK(read_body("12345HTTP", Framing::kLength, 5).used == 5);
  CHECK(read_chunked("1\r\nx\r\n0\r\n\r\nHTTP").used == 11);
  CHECK(read_body("HTTP", Framing::kNone).used == 0);
}

TEST_CASE("rule 15: a body that is cut off is told from one that is over") {
  std::string part = "12345";
  BodyReader length{Framing::kLength, 6};
  length.push(part);
  CHECK_FALSE(length.may_close());

  std::string chunk = "1\r\nx\r\n0\r\n";
  BodyReader chunked{Framing::kChunked, 0};
  chunked.push(chunk);
  CHECK_FALSE(chunked.may_close());

  CHECK(BodyReader(Framing::kUntilClose, 0).may_close());
  CHECK(BodyReader().may_close());
}

TEST_CASE("rule 15: after a 204 that announces a body the connection is not used again") {
  const std::string line = "HTTP/1.1 204 No Content\r\n";
  CHECK_FALSE(ReadResponse{line + "Content-Length: 5\r\n\r\n"}.head.keep_alive);
  CHECK_FALSE(ReadResponse{line + "Transfer-Encoding: chunked\r\n\r\n"}.head.keep_alive);
  CHECK(ReadResponse{line + "Content-Length: 0\r\n\r\n"}.head.keep_alive);
  CHECK(ReadResponse{line + "\r\n"}.head.keep_alive);
  CHECK(ReadResponse{"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}.head.keep_alive);
  CHECK(ReadResponse{ok_with("Content-Length: 5\r\n"), Method::kHead}.head.keep_alive);
}

TEST_CASE("rule 16: malformed responses are refused") {
  for (const std::string line :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1 099 X", "HTTP/1.1 600 X",
        "HTTP/1.1  200 OK", "HTTP/1.1", "ICY 200 OK", "200 OK", "HTTP/1.1 -20 OK"}) {
    INFO(line);
    CHECK(response_fault(line + "\r\nContent-Length: 0\r\n\r\n") == Fault::kStartLine);
  }
  CHECK(response_fault("HTTP/2.0 200 OK\r\n\r\n") == Fault::kVersion);
  const std::string lengths = "Content-Length: 5\r\nContent-Length: 6\r\n";
  CHECK(response_fault(ok_with(lengths)) == Fault::kContentLength);
  CHECK(response_fault(ok_with("Transfer-Encoding: gzip\r\n")) == Fault::kUnknownCoding);
  CHECK(response_fault(ok_with(kChunked + kChunked)) == Fault::kTransferEncoding);
  const std::string wide = "X: " + std::string(limits::kHeadBytesMax, 'x') + "\r\n";
  CHECK(response_fault(ok_with(wide)) == Fault::kTooLong);
  CHECK(error_of(Fault::kStartLine, Side::kUpstream).side == Side::kUpstream);
}

TEST_CASE("rule 17: trailers keep what is safe and lose what is not") {
  const ReadBody body = read_chunked(
      "1\r\nx\r\n0\r\nContent-Length: 5\r\ngrpc-status: 0\r\nTransfer-Encoding: chunked\r\n"
      "Host: b\r\nAuthorization: a\r\nSet-Cookie: c\r\nContent-Type: d\r\ncontent_length: 6\r\n"
      "Proxy-X: e\r\nX-Checksum: f\r\n\r\n");

  REQUIRE(body.fault == Fault::kNone);
  CHECK(body.done);
  CHECK(body.trailers == "grpc-status: 0\r\nX-Checksum: f\r\n");
}

TEST_CASE("rule 17: malformed and too many trailers are rejected") {
  const std::string wide = "a: " + std::string(limits::kTrailerBytesMax, 'x') + "\r\n";
  std::string many;
  for (std::size_t i = 0; i <= limits::kHeadersMax; ++i) many += "a: b\r\n";
  for (const std::string& trailer :
       {std::string("a b: c\r\n"), std::string(" a: b\r\n"), std::string("a: b\r c\r\n"),
        std::string("a\r\n"), std::string("a: \x01\r\n"), std::string("a: b\r\n c\r\n"), wide,
        many}) {
    INFO(trailer.substr(0, 40));
    CHECK(read_chunked("0\r\n" + trailer + "\r\n").fault == Fault::kTrailer);
  }
}

}  // namespace crossfade::http
