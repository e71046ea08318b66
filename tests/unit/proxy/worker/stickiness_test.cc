#include <catch2/catch.hpp>

#include <string>

#include "proxy/http/head_reader.h"
#include "proxy/worker/stickiness.h"

using namespace crossfade;

namespace {

std::string key_of(const StickinessConfig& config, std::string headers) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
  http::RequestHead head;
  REQUIRE(http::read_request_head({bytes.data(), bytes.size()}, head) == http::Fault::kNone);
  const auto key = stickiness_key(config, head, "192.0.2.7");
  return key ? std::string(*key) : "(none)";
}

}  // namespace

TEST_CASE("the stickiness key is what the config names") {
  using Key = StickinessConfig::Key;
  CHECK(key_of({Key::kNone, ""}, "X-User: 7\r\n") == "(none)");
  CHECK(key_of({Key::kHeader, "x-user"}, "X-User: 7\r\n") == "7");
  CHECK(key_of({Key::kCookie, "sid"}, "Cookie: a=b; sid=42\r\n") == "42");
  CHECK(key_of({Key::kSourceAddress, ""}, "") == "192.0.2.7");
}

TEST_CASE("an absent or empty key is none, or the source address when the config says so") {
  using Key = StickinessConfig::Key;
  CHECK(key_of({Key::kHeader, "x-user"}, "") == "(none)");
  CHECK(key_of({Key::kHeader, "x-user"}, "X-User:\r\n") == "(none)");
  CHECK(key_of({Key::kCookie, "sid"}, "Cookie: sid=\r\n") == "(none)");
  CHECK(key_of({Key::kHeader, "x-user", true}, "") == "192.0.2.7");
  CHECK(key_of({Key::kCookie, "sid", true}, "Cookie: other=1\r\n") == "192.0.2.7");
}
