#include <catch2/catch.hpp>

#include "messages.h"
#include "proxy/http/cookie.h"
#include "proxy/http/error_answer.h"
#include "proxy/http/path.h"
#include "proxy/http/token_list.h"

namespace crossfade::http {
namespace {

// The canonical spelling, or "refused".
std::string canonical(std::string target) {
  const auto result = canonical_target(target);
  return result ? std::string(result->target) : "refused";
}

}  // namespace

TEST_CASE("known names are known in any case and no other name is") {
  CHECK(header_id("host") == HeaderId::kHost);
  CHECK(header_id("TRANSFER-Encoding") == HeaderId::kTransferEncoding);
  CHECK(header_id("te") == HeaderId::kTe);
  CHECK(header_id("vIa") == HeaderId::kVia);
  CHECK(header_id("x-forwarded-host") == HeaderId::kXForwardedHost);
  CHECK(header_id("x-forwarded-port") == HeaderId::kXForwardedPort);
  for (const std::string name :
       {"", "h", "hosts", "ost", "hast", "x-forwarded-hose", "transfer-eNcodinh", "t", "accept",
        "transfer+encoding", "content-lengthh", "x-request-ie"}) {
    INFO(name);
    CHECK(header_id(name) == HeaderId::kOther);
  }
}

TEST_CASE("each known name differs from itself with any one byte changed") {
  for (const std::string name :
       {"host", "connection", "content-length", "transfer-encoding", "te", "via", "upgrade",
        "x-forwarded-proto", "forwarded", "cookie", "date", "expect"}) {
    REQUIRE(header_id(name) != HeaderId::kOther);
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other = name;
      other[i] = other[i] == 'q' ? 'j' : 'q';
      INFO(other);
      CHECK(header_id(other) == HeaderId::kOther);
    }
  }
}

TEST_CASE("a path has one spelling") {
  CHECK(canonical("/") == "/");
  CHECK(canonical("/index.html?a/../b") == "/index.html?a/../b");
  CHECK(canonical("/a/../b/./c/") == "/b/c/");
  CHECK(canonical("/a/b/..") == "/a/");
  CHECK(canonical("/a/.") == "/a/");
  CHECK(canonical("/a/..?x") == "/?x");
  CHECK(canonical("/.hidden/...x/a..") == "/.hidden/...x/a..");
  CHECK(canonical("/%41%2d%5f%7E%3f%c3%a9") == "/A-_~%3F%C3%A9");
  CHECK(canonical("/a//b") == "/a//b");
  CHECK(canonical("/a//../b") == "/a/b");
  CHECK(canonical("/%252e%252e/x") == "/%252e%252e/x");
  CHECK(canonical("/a/%2e%2e/%2e%2e") == "refused");
}

TEST_CASE("a canonical path stays as it is") {
  for (const std::string target : {"/a/./b", "/%41/..//x?%41", "/..a/%c3/.", "/x/%7e/../y/"}) {
    const std::string once = canonical(target);
    CHECK(canonical(once) == once);
  }
}

TEST_CASE("a cookie is found by its exact name") {
  const ReadRequest read{get_with("Cookie: a=1; session=abc; b=\"q\"\r\nCookie:  later=2;;x\r\n")};
  const Headers& headers = read.head.headers;

  CHECK(find_cookie(headers, "session") == "abc");
  CHECK(find_cookie(headers, "a") == "1");
  CHECK(find_cookie(headers, "b") == "\"q\"");
  CHECK(find_cookie(headers, "later") == "2");
  CHECK(find_cookie(headers, "ession") == std::nullopt);
  CHECK(find_cookie(headers, "Session") == std::nullopt);
  CHECK(find_cookie(headers, "x") == std::nullopt);
  CHECK(find_cookie(ReadRequest{get_with("")}.head.headers, "a") == std::nullopt);
}

TEST_CASE("a list is cut at its commas") {
  CHECK(has_member("a, B ,\tc", "b"));
  CHECK(has_member("a, B ,\tc", "C"));
  CHECK_FALSE(has_member("ab, c", "a"));
  CHECK_FALSE(has_member("", "a"));
}

TEST_CASE("an error answer is small, typed, and names the side at fault") {
  std::string out(kErrorAnswerBytesMax, '\0');
  const ErrorAnswer answer =
      answer_of(Error{ErrorCode::kConnectRefused, Side::kUpstream, Retry::kYes});
  out.resize(
      write_error_answer(out, answer, {"id-1", "Sun, 06 Nov 1994 08:49:37 GMT", true, false}));

  const std::string body = out.substr(out.find("\r\n\r\n") + 4);
  CHECK(out.starts_with("HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/problem+json\r\n"));
  CHECK(has_line(out, "Content-Length: " + std::to_string(body.size())));
  CHECK(has_line(out, "Connection: keep-alive"));
  CHECK(body ==
        "{\"type\":\"urn:crossfade:error:upstream-unreachable\",\"title\":\"The service could not "
        "be reached.\","
        "\"status\":502,\"side\":\"upstream\",\"request_id\":\"id-1\"}\n");
}

TEST_CASE("an error answer to HEAD has no body and reads back as a response") {
  std::string out(kErrorAnswerBytesMax, '\0');
  out.resize(write_error_answer(out, answer_no_route(), {"", "", false, true}));

  const ReadResponse read{out, Method::kHead};
  REQUIRE(read.fault == Fault::kNone);
  CHECK(read.head.status == 404);
  CHECK(read.head.bytes.size() == out.size());
  CHECK_FALSE(read.head.keep_alive);
}

TEST_CASE("every error has an answer that fits, with a status of its side") {
  const std::string id(128, 'x');
  for (const Side side : {Side::kClient, Side::kUpstream, Side::kSelf}) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::kNoEndpoint); ++code) {
      const ErrorAnswer answer =
          answer_of(Error{static_cast<ErrorCode>(code), side, Retry::kNever});
      std::string out(kErrorAnswerBytesMax, '\0');
      CHECK(write_error_answer(out, answer, {id, "Sun, 06 Nov 1994 08:49:37 GMT", false, false}) >
            0);
      if (side == Side::kUpstream) CHECK((answer.status >= 502 && answer.status <= 504));
      if (side == Side::kClient) CHECK((answer.status / 100 == 4 || answer.status == 501));
    }
  }
  for (int fault = 1; fault <= static_cast<int>(Fault::kTrailer); ++fault) {
    const ErrorAnswer answer = answer_of(static_cast<Fault>(fault));
    CHECK(answer.side == Side::kClient);
    CHECK(to_string(static_cast<Fault>(fault)) != "unknown");
  }
}

}  // namespace crossfade::http
