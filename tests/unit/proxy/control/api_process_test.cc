#include <catch2/catch.hpp>

#include <set>

#include <yaml-cpp/yaml.h>
#include <boost/json.hpp>

#include "api_under_test.h"
#include "proxy/control/documents.h"

namespace crossfade {
namespace {

TEST_CASE("the document and the table name the same paths and methods") {
  const YAML::Node document = YAML::Load(std::string(openapi_document()));
  std::set<std::string> documented;
  std::set<std::string> served;

  for (const auto& path : document["paths"]) {
    for (const auto& method : path.second) {
      std::string word = method.first.as<std::string>();
      if (word == "parameters") continue;
      for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const bool is_open = method.second["security"] && method.second["security"].size() == 0;
      documented.insert(word + ' ' + path.first.as<std::string>() + (is_open ? " open" : ""));
    }
  }
  for (const Api::Endpoint& endpoint : Api::endpoints()) {
    served.insert(std::string(endpoint.method) + ' ' + std::string(endpoint.path) +
                  (endpoint.is_open ? " open" : ""));
  }

  CHECK(documented == served);
}

// Every {"$ref": "#/..."} below a node.
void collect_references(const YAML::Node& node, std::set<std::string>& found) {
  if (node.IsMap()) {
    for (const auto& field : node) {
      if (field.first.as<std::string>() == "$ref") found.insert(field.second.as<std::string>());
      collect_references(field.second, found);
    }
  }
  if (node.IsSequence()) {
    for (const auto& item : node) collect_references(item, found);
  }
}

TEST_CASE("every reference in the document leads somewhere") {
  const YAML::Node document = YAML::Load(std::string(openapi_document()));
  std::set<std::string> references;
  collect_references(document, references);

  REQUIRE(!references.empty());
  for (const std::string& reference : references) {
    INFO(reference);
    const auto slash = reference.rfind('/');
    const std::string kind = reference.substr(13, slash - 13);  // after "#/components/"
    CHECK(document["components"][kind][reference.substr(slash + 1)].IsDefined());
  }
}

TEST_CASE("the process tells that it lives and whether it serves") {
  ApiUnderTest api;

  CHECK(api.ask("GET", "/healthz").status == 200);
  CHECK(api.ask("GET", "/readyz").status == 200);
  api.published = nullptr;
  CHECK(api.ask("GET", "/readyz").status == 503);
}

TEST_CASE("documents come with their types") {
  ApiUnderTest api;

  CHECK(api.ask("GET", "/openapi.yaml").headers.at("content-type") == "application/yaml");
  CHECK(api.ask("GET", "/").headers.at("content-type") == "text/html; charset=utf-8");
  CHECK(api.ask("GET", "/metrics").body == "crossfade_up 1\n");
}

TEST_CASE("what is not served is told apart from what is served otherwise") {
  ApiUnderTest api;

  CHECK(api.ask("GET", "/v2/services").status == 404);
  const Answered wrong = api.ask("DELETE", "/v1/services");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.at("allow") == "GET");
}

TEST_CASE("a refused reload answers with every mistake of the file") {
  ApiUnderTest api;
  CHECK(api.ask("POST", "/v1/config/reload").status == 200);
  api.next_reload = ReloadRefused{{{"c.yaml", 3, 5, "listeners", "expected a list"}}, {}};

  const Answered answer = api.ask("POST", "/v1/config/reload");

  CHECK(answer.status == 422);
  CHECK(answer.json().at("errors").at(0).at("line").to_number<int>() == 3);
  CHECK(answer.json().at("errors").at(0).at("path").as_string() == "listeners");
}

TEST_CASE("with a token only those who bear it get in") {
  ApiUnderTest api("s3cret");

  CHECK(api.ask("GET", "/v1/services").status == 401);
  CHECK(api.ask("GET", "/v1/services").headers.at("www-authenticate").starts_with("Bearer"));
  CHECK(api.ask("GET", "/v1/services", "", "Authorization: Bearer s3creT\r\n").status == 401);
  CHECK(api.ask("GET", "/v1/services", "", "Authorization: Basic s3cret\r\n").status == 401);
  CHECK(api.ask("GET", "/v1/services", "", "Authorization: bearer s3cret\r\n").status == 200);
  CHECK(api.ask("GET", "/metrics").status == 401);
  CHECK(api.ask("GET", "/healthz").status == 200);
}

TEST_CASE("bytes that are no text get into no record") {
  ApiUnderTest api;
  const std::string body = R"({"weights":{"old":1,"new":1}})";
  std::string told;
  api.controller.subscribe([&](const ControlEvent& event) {
    if (const auto* changed = std::get_if<WeightsChanged>(&event.what)) told = changed->because.who;
  });

  CHECK(api.ask("PUT", "/v1/services/playlist/weights?reason=%ff", body).status == 422);
  CHECK(told.empty());
  CHECK(
      api.ask("PUT", "/v1/services/playlist/weights", body, "X-Crossfade-Actor: \xff\r\n").status ==
      202);
  CHECK(told == "anonymous");
}

TEST_CASE("without a token no web page of another site gets in") {
  ApiUnderTest api;
  const std::string body = R"({"weights":{"old":1,"new":1}})";
  const std::string host = api.server.address().str();

  CHECK(api.ask("GET", "/v1/services", "", "Host: evil.example\r\n").status == 403);
  CHECK(api.ask("PUT", "/v1/services/playlist/weights", body, "Origin: http://evil.example\r\n")
            .status == 403);
  CHECK(api.ask("PUT", "/v1/services/playlist/weights", body, "Origin: null\r\n").status == 403);
  CHECK(api.ask("GET", "/v1/services", "", "Host: localhost:9900\r\n").status == 200);
  CHECK(api.ask("PUT", "/v1/services/playlist/weights", body, "Origin: http://" + host + "\r\n")
            .status == 202);
}

TEST_CASE("events are sent as they happen, and again to those who come back") {
  ApiUnderTest api;
  const std::string ask = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n";
  api.ask("PUT", "/v1/services/playlist/weights", R"({"weights":{"old":9,"new":1}})");

  const std::string all = api.exchange(ask + "Last-Event-ID: 0\r\n\r\n", "event: weights_changed");
  const auto at = all.rfind("id: ", all.find("event: weights_changed"));
  const std::uint64_t id = std::stoull(all.substr(at + 4));
  const std::string from_there = api.exchange(
      ask + "Last-Event-ID: " + std::to_string(id - 1) + "\r\n\r\n", "event: weights_changed");

  CHECK(all.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(from_there.find("id: " + std::to_string(id)) != std::string::npos);
  CHECK(from_there.find("id: " + std::to_string(id - 1)) == std::string::npos);
  CHECK(api.exchange(ask + "Last-Event-ID: x\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 400"));
}

TEST_CASE("the events of a migration leave out those of others") {
  ApiUnderTest api;
  api.ask("PUT", "/v1/migrations/move", R"({"service":"playlist","targets":[{"cluster":"new"}],
                                           "ramp":{"curve":"linear","duration":"1h"}})");

  const std::string told = api.exchange(
      "GET /v1/migrations/move/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n",
      "event: stage_changed");

  CHECK(told.find("event: version_adopted") == std::string::npos);
  CHECK(api.ask("GET", "/v1/migrations/nobody/events").status == 404);
}

}  // namespace
}  // namespace crossfade
