#include <catch2/catch.hpp>

#include "messages.h"

namespace crossfade::http {
namespace {

const std::string kRequest =
    "GET /a/b?x=1 HTTP/1.1\r\nHost: A.example:8080\r\nUser-Agent: t\r\nAccept: */*\r\n"
    "Cookie: a=1\r\nX-Request-ID:   abc  \r\n\r\n";

}  // namespace

TEST_CASE("a request head is read with its parts in place") {
  const ReadRequest read{kRequest};

  REQUIRE(read.fault == Fault::kNone);
  CHECK(read.head.method == Method::kGet);
  CHECK(read.head.method_text == "GET");
  CHECK(read.head.form == TargetForm::kOrigin);
  CHECK(read.head.target == "/a/b?x=1");
  CHECK(read.head.path == "/a/b");
  CHECK(read.head.query() == "x=1");
  CHECK(read.head.authority.text == "a.example:8080");
  CHECK(read.head.authority.host == "a.example");
  CHECK(read.head.authority.port == 8080);
  CHECK(read.head.framing == Framing::kNone);
  CHECK(read.head.keep_alive);
  CHECK(read.head.headers.size() == 5);
  CHECK(read.head.headers.find(HeaderId::kXRequestId)->value == "abc");
  CHECK(read.head.headers.find("ACCEPT")->value == "*/*");
  CHECK(read.head.headers.find("absent") == nullptr);
  CHECK(read.head.headers.find(HeaderId::kVia) == nullptr);
}

TEST_CASE("a head cut anywhere is found when its last byte arrives and not before") {
  const std::string text = "\r\n" + kRequest;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const HeadSearch early = find_head_end(std::string_view(text).substr(0, cut));
    INFO("cut at " << cut);
    CHECK(early.size == 0);
    CHECK(early.fault == Fault::kNone);
    CHECK(find_head_end(text + "body", cut).size == text.size());
  }
}

TEST_CASE("a head that arrives byte by byte is searched once") {
  std::size_t searched = 0;
  for (std::size_t size = 1; size < kRequest.size(); ++size) {
    REQUIRE(find_head_end(std::string_view(kRequest).substr(0, size), searched).size == 0);
    searched = size;
  }
  CHECK(find_head_end(kRequest, searched).size == kRequest.size());
}

TEST_CASE("a request head in a prefix of itself is never accepted") {
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    std::string text = kRequest.substr(0, size);
    RequestHead head;
    INFO("size " << size);
    CHECK(read_request_head(text, head) != Fault::kNone);
  }
}

TEST_CASE("a response head in a prefix of itself is never accepted") {
  const std::string whole = ok_with("Content-Length: 5\r\nServer: x\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string text = whole.substr(0, size);
    ResponseHead head;
    INFO("size " << size);
    CHECK(read_response_head(text, Method::kGet, head) != Fault::kNone);
  }
}

TEST_CASE("a response head is read with its parts in place") {
  const ReadResponse read{"HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\nServer: x\r\n\r\n"};

  REQUIRE(read.fault == Fault::kNone);
  CHECK(read.head.status == 404);
  CHECK(read.head.reason == "Not Found");
  CHECK(read.head.framing == Framing::kLength);
  CHECK(read.head.content_length == 12);
  CHECK(read.head.keep_alive);
}

TEST_CASE("a response without a reason is read") {
  CHECK(response_fault("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n") == Fault::kNone);
  CHECK(response_fault("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n") == Fault::kNone);
}

TEST_CASE("a response without a length ends with the connection") {
  const ReadResponse read{ok_with("")};

  CHECK(read.head.framing == Framing::kUntilClose);
  CHECK_FALSE(read.head.keep_alive);
}

TEST_CASE("an answer to HEAD, a 204, a 304 and a 1xx have no body whatever they say") {
  const std::string length = "Content-Length: 7\r\n\r\n";
  const ReadResponse head{"HTTP/1.1 200 OK\r\n" + length, Method::kHead};
  CHECK(head.head.framing == Framing::kNone);
  CHECK(head.head.content_length == 7);
  CHECK(ReadResponse{"HTTP/1.1 204 No Content\r\n" + length}.head.framing == Framing::kNone);
  CHECK(ReadResponse{"HTTP/1.1 304 Not Modified\r\n" + length}.head.framing == Framing::kNone);
  CHECK(ReadResponse{"HTTP/1.1 103 Early Hints\r\n" + length}.head.framing == Framing::kNone);
  CHECK(ReadResponse{"HTTP/1.1 103 Early Hints\r\n" + length}.head.is_informational());
}

TEST_CASE("keep-alive follows version and Connection") {
  const auto keeps = [](std::string_view version, std::string_view fields) {
    return ReadRequest{"GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
                       std::string(fields) + "\r\n"}
        .head.keep_alive;
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: keep-alive, Close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("a head reader may be used again for another head") {
  std::string first =
      post_with("Content-Length: 5\r\nConnection: close\r\nUpgrade: x\r\nTE: trailers\r\n");
  std::string second = get_with("");
  RequestHead head;
  REQUIRE(read_request_head(first, head) == Fault::kNone);
  REQUIRE(read_request_head(second, head) == Fault::kNone);

  CHECK(head.framing == Framing::kNone);
  CHECK(head.content_length == 0);
  CHECK(head.keep_alive);
  CHECK_FALSE(head.te_trailers);
  CHECK(head.headers.size() == 1);
  CHECK_FALSE(head.headers.has(HeaderId::kContentLength));
}

TEST_CASE("limits of a head hold") {
  const std::string wide = get_with("X: " + std::string(limits::kHeadBytesMax, 'x') + "\r\n");
  CHECK(find_head_end(wide).fault == Fault::kTooLong);
  CHECK(find_head_end(std::string(limits::kHeadBytesMax, 'x')).fault == Fault::kTooLong);

  std::string many;
  for (std::size_t i = 1; i < limits::kHeadersMax; ++i) many += "a: b\r\n";
  CHECK(request_fault(get_with(many)) == Fault::kNone);
  CHECK(request_fault(get_with(many + "a: b\r\n")) == Fault::kTooLong);
}

TEST_CASE("every byte above 127 and every visible one may stand in a value") {
  for (int c = 0; c < 256; ++c) {
    const bool is_control = (c < 0x20 && c != '\t') || c == 0x7f;
    std::string value = "x";
    value += static_cast<char>(c);
    INFO("byte " << c);
    for (const std::size_t padding : {0, 15, 16, 40}) {
      const std::string fields = "X: " + std::string(padding, 'y') + value + "z\r\n";
      CHECK((request_fault(get_with(fields)) == Fault::kNone) == !is_control);
    }
  }
}

TEST_CASE("exactly the token bytes may stand in a name") {
  for (int c = 1; c < 256; ++c) {
    if (c == ':') continue;
    const bool is_token =
        std::isalnum(c) != 0 ||
        std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    for (const std::size_t padding : {0, 2, 15, 16, 40}) {
      const std::string name = std::string(padding, 'y') + static_cast<char>(c) + "z";
      INFO("byte " << c << " padding " << padding);
      CHECK((request_fault(get_with(name + ": v\r\n")) == Fault::kNone) == (is_token && c < 128));
    }
  }
}

}  // namespace crossfade::http
