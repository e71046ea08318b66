#include <catch2/catch.hpp>

#include "api_under_test.h"
#include "config/limits.h"

namespace crossfade {
namespace {

TEST_CASE("a connection carries one request after the other") {
  ApiUnderTest api;

  const std::string answers = api.exchange(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

  CHECK(answers.find("{\"alive\":true}") < answers.find("{\"ready\":true}"));
  CHECK(answers.find("{\"ready\":true}") != std::string::npos);
}

TEST_CASE("HEAD is GET without the body") {
  ApiUnderTest api;

  const std::string answer =
      api.exchange("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.find("Content-Length: 15") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that expects 100 is told to go on") {
  ApiUnderTest api;

  const std::string answer = api.exchange(
      "PUT /v1/services/playlist/weights HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 21\r\n\r\n",
      "100 Continue");

  CHECK(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
}

TEST_CASE("what is too long or no HTTP is refused and the connection closed") {
  ApiUnderTest api;
  const std::string long_head =
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(limits::kApiHeadBytesMax, 'x') +
      "\r\n\r\n";
  const std::string long_body =
      "PUT /v1/services/playlist/weights HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
      std::to_string(limits::kApiBodyBytesMax + 1) + "\r\n\r\n";

  CHECK(api.exchange(long_head).starts_with("HTTP/1.1 431"));
  CHECK(api.exchange(long_body).starts_with("HTTP/1.1 413"));
  CHECK(api.exchange("hello\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(api.exchange("GET /v1/services/a%2fb HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .starts_with("HTTP/1.1 400"));
  CHECK(api.exchange("GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .starts_with("HTTP/1.1 400"));
}

TEST_CASE("connections over the limit are closed at once") {
  ApiUnderTest api;
  std::deque<boost::asio::ip::tcp::socket> sockets;
  for (std::size_t i = 0; i < limits::kApiConnectionsMax; ++i) {
    sockets.emplace_back(api.context)
        .connect({boost::asio::ip::address_v4::loopback(), api.server.address().port()});
  }
  api.turn_until([&] { return api.server.connections() == limits::kApiConnectionsMax; });

  CHECK(api.exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").empty());

  sockets.clear();
  api.turn_until([&] { return api.server.connections() == 0; });
  CHECK(api.ask("GET", "/healthz").status == 200);
}

TEST_CASE("an address in use is an error with the address") {
  ApiUnderTest api;
  HttpServer second(api.context, [](ApiRequest, Reply) {});

  const auto listening = second.listen(api.server.address());

  REQUIRE(!listening);
  CHECK(listening.error().message.find(api.server.address().str()) != std::string::npos);
}

TEST_CASE("stop closes what is open") {
  ApiUnderTest api;
  api.begin("GET", "/v1/events");
  CHECK(!api.is_answered());

  api.server.stop();

  api.turn_until([&] { return api.server.connections() == 0; });
}

}  // namespace
}  // namespace crossfade
