#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "api_under_test.h"
#include "config/limits.h"

namespace crossfade {
namespace {

constexpr char kWeights[] = "/v1/services/playlist/weights";

TEST_CASE("services are shown with their clusters, shares and sources") {
  ApiUnderTest api;

  const auto all = api.ask("GET", "/v1/services").json();
  const auto one = api.ask("GET", "/v1/services/playlist").json();

  REQUIRE(all.at("services").as_array().size() == 2);
  CHECK(all.at("services").at(0) == one);
  CHECK(one.at("clusters").at(0).at("desired_ppm").to_number<int>() == 1'000'000);
  CHECK(one.at("clusters").at(0).at("endpoints").to_number<int>() == 1);
  CHECK(one.at("clusters").at(0).at("source").at("freshness").as_string() == "fresh");
  CHECK(one.at("migration").is_null());
}

TEST_CASE("services are found by a part of their name") {
  ApiUnderTest api;

  CHECK(api.ask("GET", "/v1/services?q=sear").json().at("services").as_array().size() == 1);
  CHECK(api.ask("GET", "/v1/services?q=zzz").json().at("services").as_array().empty());
}

TEST_CASE("a service that does not exist is a 404 problem") {
  ApiUnderTest api;

  const Answered answer = api.ask("GET", "/v1/services/nobody");

  CHECK(answer.status == 404);
  CHECK(answer.headers.at("content-type") == "application/problem+json");
}

TEST_CASE("endpoints and clusters are shown") {
  ApiUnderTest api;

  const auto endpoints = boost::json::array(
      api.ask("GET", "/v1/services/playlist/endpoints").json().at("endpoints").as_array());
  const auto old_cluster = api.ask("GET", "/v1/clusters/old").json();

  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].at("address").as_string() == "10.0.0.1:80");
  CHECK(endpoints[0].at("in_use").as_bool());
  CHECK(api.ask("GET", "/v1/clusters").json().at("clusters").as_array().size() == 2);
  CHECK(old_cluster.at("services").as_array().size() == 2);
  CHECK(api.ask("GET", "/v1/clusters/nowhere").status == 404);
}

TEST_CASE("weights become shares of their sum") {
  ApiUnderTest api;

  const Answered answer =
      api.ask("PUT", kWeights, R"({"weights":{"old":95,"new":5},"reason":"try"})");

  CHECK(answer.status == 202);
  CHECK(answer.json().at("decided").to_number<int>() >=
        answer.json().at("published").to_number<int>());
  const Answered now = api.ask("GET", kWeights);
  CHECK(now.json().at("weights").at("old").to_number<int>() == 950'000);
  CHECK(now.json().at("weights").at("new").to_number<int>() == 50'000);
  CHECK(now.headers.at("etag") == answer.headers.at("etag"));
}

TEST_CASE("what was read of the weights can be put back") {
  ApiUnderTest api;
  api.ask("PUT", kWeights, R"({"weights":{"old":2,"new":1}})");
  const auto weights = api.ask("GET", kWeights).json().at("weights");

  api.ask("PUT", kWeights, boost::json::serialize(boost::json::object{{"weights", weights}}));

  CHECK(api.ask("GET", kWeights).json().at("weights") == weights);
}

TEST_CASE("weights decided upon an older revision are refused and change nothing") {
  ApiUnderTest api;
  const std::string etag = api.ask("GET", kWeights).headers.at("etag");
  REQUIRE(api.ask("PUT", kWeights, R"({"weights":{"old":9,"new":1}})", "If-Match: " + etag + "\r\n")
              .status == 202);

  const Answered late =
      api.ask("PUT", kWeights, R"({"weights":{"old":1,"new":1}})", "If-Match: " + etag + "\r\n");

  CHECK(late.status == 412);
  CHECK(api.ask("GET", kWeights).json().at("weights").at("new").to_number<int>() == 100'000);
  CHECK(api.ask("PUT", kWeights, R"({"weights":{"old":1}})", "If-Match: 7\r\n").status == 400);
}

TEST_CASE("waiting for adoption answers when the slowest worker serves by it") {
  ApiUnderTest api;

  api.begin("PUT", std::string(kWeights) + "?wait=adopted", R"({"weights":{"old":1,"new":1}})");
  CHECK(!api.is_answered());
  api.adopt();
  const Answered answer = api.take();

  CHECK(answer.status == 200);
  CHECK(answer.json().at("adopted") == answer.json().at("decided"));
}

TEST_CASE("waiting for adoption ends with 202 when a worker does not come") {
  ApiUnderTest api;

  api.begin("PUT", std::string(kWeights) + "?wait=adopted", R"({"weights":{"old":1,"new":1}})");
  CHECK(!api.is_answered());
  api.advance(limits::kApiWaitMax);
  api.api.tick();
  const Answered answer = api.take();

  CHECK(answer.status == 202);
  CHECK(answer.json().at("adopted").to_number<int>() <
        answer.json().at("decided").to_number<int>());
}

TEST_CASE("who waits for a journal that hangs is told in time, and asked again done once") {
  ApiUnderTest api;
  api.journal_hangs = true;
  const std::string body = R"({"weights":{"old":1,"new":1}})";

  api.begin("PUT", kWeights, body, "Idempotency-Key: k1\r\n");
  CHECK(!api.is_answered());
  api.advance(limits::kApiWaitMax);
  api.api.tick();
  CHECK(api.take().status == 504);
  CHECK(api.ask("PUT", kWeights, body, "Idempotency-Key: k1\r\n").status == 504);

  REQUIRE(api.held.size() == 1);
  api.held.front()();
  CHECK(api.ask("GET", kWeights).json().at("weights").at("new") == 500'000);
}

TEST_CASE("each mistake in weights is named by its JSON pointer") {
  ApiUnderTest api;
  const auto [body, pointer] = GENERATE(table<std::string, std::string>({
      {R"({"weights":{"old":1,"nwe":1}})", "/weights/nwe"},
      {R"({"weights":{"old":-1}})", "/weights/old"},
      {R"({"weights":{"old":1.5}})", "/weights/old"},
      {R"({"weights":{"old":"1"}})", "/weights/old"},
      {R"({"weights":{"old":1000001}})", "/weights/old"},
      {R"({"weights":{"old":0,"new":0}})", "/weights"},
      {R"({"weights":[1]})", "/weights"},
      {R"({"wieghts":{"old":1}})", "/weights"},
      {R"({"weights":{"old":1},"reason":5})", "/reason"},
      {R"([])", ""},
  }));
  INFO(body);

  const Answered answer = api.ask("PUT", kWeights, body);

  CHECK(answer.status == 422);
  CHECK(answer.pointer() == pointer);
  CHECK(api.ask("GET", kWeights).json().at("weights").at("old").to_number<int>() == 1'000'000);
}

TEST_CASE("a body that is not JSON is a 400 problem") {
  ApiUnderTest api;

  CHECK(api.ask("PUT", kWeights, R"({"weights":)").status == 400);
  CHECK(api.ask("PUT", kWeights, R"({} {})").status == 400);
  CHECK(api.ask("PUT", kWeights, std::string(200, '[')).status == 400);
}

TEST_CASE("a body near the limit is read whole") {
  ApiUnderTest api;
  const std::string body =
      R"({"weights":{"old":1}})" + std::string(limits::kApiBodyBytesMax - 100, ' ');

  CHECK(api.ask("PUT", kWeights, body).status == 202);
}

TEST_CASE("who and why and from where are told with the change") {
  ApiUnderTest api;
  std::optional<Because> told;
  api.controller.subscribe([&](const ControlEvent& event) {
    if (const auto* changed = std::get_if<WeightsChanged>(&event.what)) told = changed->because;
  });

  api.ask("PUT", kWeights, R"({"weights":{"old":1,"new":1},"reason":"a try"})",
          "X-Crossfade-Actor: erin\r\n");

  REQUIRE(told);
  CHECK(*told == Because{"erin", "a try", "127.0.0.1"});
}

TEST_CASE("the same Idempotency-Key does a thing once") {
  ApiUnderTest api;
  const std::string body = R"({"weights":{"old":1,"new":1}})";

  const Answered first = api.ask("PUT", kWeights, body, "Idempotency-Key: k1\r\n");
  const Answered again = api.ask("PUT", kWeights, body, "Idempotency-Key: k1\r\n");
  const Answered other =
      api.ask("PUT", kWeights, R"({"weights":{"old":1}})", "Idempotency-Key: k1\r\n");

  CHECK(first.status == 202);
  CHECK(again.body == first.body);
  CHECK(other.status == 422);
  CHECK(api.ask("GET", kWeights).headers.at("etag") == first.headers.at("etag"));
}

TEST_CASE("a refused endpoint set is accepted only where there is one") {
  ApiUnderTest api;

  CHECK(api.ask("POST", "/v1/clusters/old/accept?service=playlist").status == 409);
  CHECK(api.ask("POST", "/v1/clusters/old/accept?service=nobody").status == 404);
  CHECK(api.ask("POST", "/v1/clusters/old/accept").status == 422);
}

}  // namespace
}  // namespace crossfade
