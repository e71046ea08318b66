#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "api_under_test.h"

namespace crossfade {
namespace {

constexpr char kSpec[] = R"({"service":"playlist","targets":[{"cluster":"new"}],
  "ramp":{"curve":"steps",
          "steps":[{"share":"5%","bake_time":"1h"},{"share":1,"bake_time":"1h"}]}})";

TEST_CASE("a migration is begun by PUT, and the same PUT again changes nothing") {
  ApiUnderTest api;

  CHECK(api.ask("PUT", "/v1/migrations/move", kSpec).status == 202);
  const Answered again = api.ask("PUT", "/v1/migrations/move", kSpec);

  CHECK(again.status == 200);
  CHECK(again.json().at("stage").as_string() == "Shifting");
  CHECK(api.ask("GET", "/v1/migrations").json().at("migrations").as_array().size() == 1);
  CHECK(api.ask("GET", "/v1/services/playlist").json().at("migration").as_string() == "move");
}

TEST_CASE("a PUT of another spec under the same name is a conflict") {
  ApiUnderTest api;
  api.ask("PUT", "/v1/migrations/move", kSpec);

  const Answered answer = api.ask("PUT", "/v1/migrations/move",
                                  R"({"service":"playlist","targets":[{"cluster":"new"}],
                                      "ramp":{"curve":"linear","duration":"1h"}})");

  CHECK(answer.status == 409);
}

TEST_CASE("a dry run shows the plan and creates nothing") {
  ApiUnderTest api;

  const auto plan = api.ask("PUT", "/v1/migrations/move?dry_run=true", kSpec).json();

  CHECK(plan.at("would").as_string() == "create");
  CHECK(plan.at("finish_time").as_string() == "2h");
  CHECK(plan.at("checkpoints").at(0).at("share").as_string() == "5%");
  CHECK(api.ask("GET", "/v1/migrations/move").status == 404);
}

TEST_CASE("a POST names the migration in its body") {
  ApiUnderTest api;
  const std::string named = R"({"name":"move",)" + std::string(kSpec).substr(1);

  CHECK(api.ask("POST", "/v1/migrations", kSpec).pointer() == "/name");
  CHECK(api.ask("POST", "/v1/migrations", named).status == 202);
  CHECK(api.ask("POST", "/v1/migrations", named).status == 409);
}

TEST_CASE("each mistake in a migration is named by its JSON pointer") {
  ApiUnderTest api;
  const std::string head = R"({"service":"playlist","targets":[{"cluster":"new"}],)";
  const std::string linear = R"("ramp":{"curve":"linear","duration":"1h"})";
  const auto [body, pointer] = GENERATE_COPY(table<std::string, std::string>({
      {R"({"service":"nobody","targets":[{"cluster":"new"}],)" + linear + "}", "/service"},
      {R"({"service":"playlist","targets":[{"cluster":"nwe"}],)" + linear + "}",
       "/targets/0/cluster"},
      {R"({"service":"playlist","targets":[{"cluster":"new"}]})", "/ramp"},
      {head + R"("ramp":{"curve":"round"}})", "/ramp/curve"},
      {head + R"("ramp":{"curve":"linear","duration":5}})", "/ramp/duration"},
      {head + R"("ramp":{"curve":"steps","steps":[{"share":"500%"}]}})", "/ramp/steps/0/share"},
      {head + linear + R"(,"gate":{"alhpa":1}})", "/gate/alhpa"},
      {head + linear + R"(,"gate":{"alpha":2}})", "/gate/alpha"},
  }));
  INFO(body);

  const Answered answer = api.ask("PUT", "/v1/migrations/move", body);

  CHECK(answer.status == 422);
  CHECK(answer.pointer() == pointer);
  CHECK(api.ask("GET", "/v1/migrations/move").status == 404);
}

TEST_CASE("the verbs do what they say") {
  ApiUnderTest api;
  api.ask("PUT", "/v1/migrations/move", kSpec);
  const auto stage = [&] { return api.ask("GET", "/v1/migrations/move").json(); };

  CHECK(api.ask("POST", "/v1/migrations/move/pause", R"({"reason":"lunch"})").status == 202);
  CHECK(stage().at("paused").as_bool());
  CHECK(api.ask("POST", "/v1/migrations/move/resume").status == 202);
  CHECK(!stage().at("paused").as_bool());
  CHECK(api.ask("POST", "/v1/migrations/move/promote", R"({"full":true})").status == 202);
  CHECK(stage().at("share_ppm").to_number<int>() == 1'000'000);
  CHECK(api.ask("POST", "/v1/migrations/move/rollback").status == 202);
  CHECK(stage().at("share_ppm").to_number<int>() == 0);
  api.adopt();
  api.controller.tick();
  CHECK(stage().at("stage").as_string() == "RolledBack");
  CHECK(api.ask("POST", "/v1/migrations/move/resume").status == 409);
  CHECK(api.ask("DELETE", "/v1/migrations/move").status == 202);
  CHECK(api.ask("GET", "/v1/migrations/move").status == 404);
}

TEST_CASE("weights cannot be set by hand while a migration holds the service") {
  ApiUnderTest api;
  api.ask("PUT", "/v1/migrations/move", kSpec);

  const Answered answer =
      api.ask("PUT", "/v1/services/playlist/weights", R"({"weights":{"old":1}})");

  CHECK(answer.status == 409);
  CHECK(answer.body.find("move") != std::string::npos);
}

TEST_CASE("a running migration cannot be deleted") {
  ApiUnderTest api;
  api.ask("PUT", "/v1/migrations/move", kSpec);

  CHECK(api.ask("DELETE", "/v1/migrations/move").status == 409);
  CHECK(api.ask("POST", "/v1/migrations/nobody/pause").status == 404);
  CHECK(api.ask("POST", "/v1/migrations/move/promote", R"({"fulll":true})").pointer() == "/fulll");
}

}  // namespace
}  // namespace crossfade
