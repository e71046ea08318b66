#include <catch2/catch.hpp>

#include "config/parse.h"
#include "tests/unit/config/texts.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

const char* const kCluster = "    clusters: {a: {weight: 1, source: {static: [10.0.0.1:80]}}}\n";

ServiceConfig service_with(const std::string& lines) {
  const auto config = parse(with_services("  s:\n" + std::string(kCluster) + lines));
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config.has_value());
  return *config->services.at(0);
}

}  // namespace

TEST_CASE("a listener is all a configuration needs") {
  const auto config = parse("listeners: [{address: 0.0.0.0:8080}]");

  REQUIRE(config.has_value());
  CHECK(config->file == "/etc/crossfade/crossfade.yaml");
  CHECK(config->workers == 2);
  REQUIRE(config->listeners.size() == 1);
  CHECK(config->listeners[0].address.str() == "0.0.0.0:8080");
  CHECK(config->listeners[0].connections_max == 100'000);
  CHECK(config->listeners[0].head_timeout == 10s);
  CHECK(config->listeners[0].idle_timeout == 60s);
  CHECK(config->control.address.str() == "127.0.0.1:9900");
  CHECK(config->control.token.empty());
  CHECK(config->state.journal == "/home/fred/.local/state/crossfade/journal.db");
  CHECK(config->forwarding.via == "crossfade");
  CHECK(config->services.empty());
  CHECK(config->routes.empty());
}

TEST_CASE("JSON is read as well") {
  const auto config =
      parse(R"({"workers": 3, "listeners": [{"address": "[::1]:80", "head_timeout": "250ms"}]})");

  REQUIRE(config.has_value());
  CHECK(config->workers == 3);
  CHECK(config->listeners[0].address.str() == "[::1]:80");
  CHECK(config->listeners[0].head_timeout == 250ms);
}

TEST_CASE("the state directory of systemd comes before the home") {
  Surroundings machine = surroundings();
  std::map<std::string, std::string> variables = {{"HOME", "/root"}};
  machine.environment = [&](const std::string& name) -> std::optional<std::string> {
    return variables.contains(name) ? std::optional(variables[name]) : std::nullopt;
  };
  const auto journal = [&] {
    return parse_config("listeners: [{address: 127.0.0.1:0}]", "c.yaml", machine)->state.journal;
  };

  CHECK(journal() == "/root/.local/state/crossfade/journal.db");
  variables["XDG_STATE_HOME"] = "/state";
  CHECK(journal() == "/state/crossfade/journal.db");
  variables["STATE_DIRECTORY"] = "/var/lib/crossfade:/var/lib/other";
  CHECK(journal() == "/var/lib/crossfade/journal.db");
}

TEST_CASE("a token comes from a file or a variable") {
  for (const char* token : {"{file: token}", "{file: /etc/crossfade/token}", "{env: TOKEN}"}) {
    const auto config =
        parse("listeners: [{address: 127.0.0.1:0}]\ncontrol: {address: 0.0.0.0:9900, token: " +
              std::string(token) + "}");
    REQUIRE(config.has_value());
    CHECK(config->control.token == kSecret);
  }
}

TEST_CASE("each kind of source is read") {
  const auto service = [] {
    const auto config = parse(with_services(R"(  playlist:
    clusters:
      old: {weight: 100, loss_max: 25%, source: {static: [10.0.0.1:80, "[::1]:80"]}}
      new:
        source:
          dns: {name: playlist.new.example., port: 80, servers: [127.0.0.1:53], refresh_max: 1m}
      srv: {source: {dns: {name: _http._tcp.playlist.example, record: srv}}}
      file: {source: {file: sets/endpoints.yaml}}
)"));
    REQUIRE(config.has_value());
    return config->services.at(0);
  }();

  REQUIRE(service->clusters.size() == 4);
  const auto& [old, fresh, srv, file] = std::tie(service->clusters[0], service->clusters[1],
                                                 service->clusters[2], service->clusters[3]);
  CHECK(old.name.str() == "old");
  CHECK(old.weight == 100);
  CHECK(old.loss_max == 0.25);
  CHECK(std::get<StaticSource>(old.source).endpoints.at(1).str() == "[::1]:80");
  CHECK(fresh.weight == 0);
  CHECK(fresh.loss_max == 0.5);
  const auto& dns = std::get<DnsSource>(fresh.source);
  CHECK(dns.name == "playlist.new.example");
  CHECK(dns.port == 80);
  CHECK(dns.servers.at(0).str() == "127.0.0.1:53");
  CHECK(dns.refresh_min == 1s);
  CHECK(dns.refresh_max == 1min);
  CHECK(std::get<DnsSource>(srv.source).record == DnsSource::Record::kSrv);
  CHECK(std::get<FileSource>(file.source).path == "/etc/crossfade/sets/endpoints.yaml");
}

TEST_CASE("stickiness has four kinds of key") {
  using Key = StickinessConfig::Key;
  CHECK(service_with("").stickiness.key == Key::kNone);
  CHECK(service_with("    stickiness: none\n").stickiness.key == Key::kNone);
  CHECK(service_with("    stickiness: source_address\n").stickiness.key == Key::kSourceAddress);

  const auto header =
      service_with("    stickiness: {header: X-User-Id, fall_back: source_address}\n").stickiness;
  CHECK(header.key == Key::kHeader);
  CHECK(header.name == "x-user-id");
  CHECK(header.fall_back_to_source_address);

  const auto cookie = service_with("    stickiness: {cookie: Uid}\n").stickiness;
  CHECK(cookie.key == Key::kCookie);
  CHECK(cookie.name == "Uid");
  CHECK_FALSE(cookie.fall_back_to_source_address);
}

TEST_CASE("a health check is none, http or tcp") {
  using Kind = HealthCheckConfig::Kind;
  CHECK(service_with("").health_check.kind == Kind::kNone);
  CHECK(service_with("    health_check: {tcp: {}, interval: 1s}\n").health_check.kind ==
        Kind::kTcp);
  CHECK(service_with("    health_check: {tcp: }\n").health_check.kind == Kind::kTcp);

  const auto http =
      service_with("    health_check: {http: {path: /up, host: x, statuses: 204}, fall: 9}\n")
          .health_check;
  CHECK(http.kind == Kind::kHttp);
  CHECK(http.path == "/up");
  CHECK(http.host == "x");
  CHECK(http.status_min == 204);
  CHECK(http.status_max == 204);
  CHECK(http.interval == 2s);
  CHECK(http.fall == 9);
}

TEST_CASE("defaults reach every service and a service overrides them key by key") {
  const auto config = parse(R"(listeners: [{address: 127.0.0.1:0}]
defaults:
  balancing: random
  timeouts: {connect: 2s, request: 7s}
  health_check: {http: {path: /up}, interval: 9s}
  retries: {statuses: [502, 503]}
services:
  a:
    clusters: {x: {weight: 1, source: {static: []}}}
  b:
    clusters: {x: {weight: 1, source: {static: []}}}
    balancing: round_robin
    timeouts: {connect: 3s}
    health_check: none
    retries: {statuses: []}
)");
  REQUIRE(config.has_value());
  const ServiceConfig& a = *config->services.at(0);
  const ServiceConfig& b = *config->services.at(1);

  CHECK(a.name.str() == "a");
  CHECK(a.balancing == Balancing::kRandom);
  CHECK(a.timeouts.connect == 2s);
  CHECK(a.timeouts.response_head == 30s);
  CHECK(a.health_check.kind == HealthCheckConfig::Kind::kHttp);
  CHECK(a.retries.statuses == std::vector<std::uint16_t>{502, 503});
  CHECK(b.balancing == Balancing::kRoundRobin);
  CHECK(b.timeouts.connect == 3s);
  CHECK(b.timeouts.request == 7s);
  CHECK(b.health_check.kind == HealthCheckConfig::Kind::kNone);
  CHECK(b.health_check.interval == 9s);
  CHECK(b.retries.statuses.empty());
}

TEST_CASE("a route matches by host, path, methods and headers") {
  const auto config = parse(with_services("  s:\n" + std::string(kCluster)) + R"(routes:
  - match:
      host: "*.Example.com"
      path: /exact
      methods: [GET]
      headers: {X-Canary: "1", x-any: null}
    service: s
  - match: {path_prefix: /api}
    service: s
  - service: s
)");
  REQUIRE(config.has_value());
  REQUIRE(config->routes.size() == 3);
  const RouteConfig& route = config->routes[0];
  CHECK(route.host == "*.example.com");
  CHECK(route.path_kind == RouteConfig::Path::kExact);
  CHECK(route.path == "/exact");
  CHECK(route.methods == std::vector<std::string>{"GET"});
  REQUIRE(route.headers.size() == 2);
  CHECK(route.headers[0].name == "x-canary");
  CHECK(route.headers[0].value == "1");
  CHECK_FALSE(route.headers[1].value.has_value());
  CHECK(route.service.str() == "s");
  CHECK(config->routes[1].path_kind == RouteConfig::Path::kPrefix);
  CHECK(config->routes[1].path == "/api");
  CHECK(config->routes[2].path == "/");
}

TEST_CASE("an alias stands for what it names") {
  const auto config = parse(with_services(R"(  a:
    clusters: &both {x: {weight: 1, source: {static: [10.0.0.1:80]}}}
  b:
    clusters: *both
)"));

  REQUIRE(config.has_value());
  CHECK(config->services.at(1)->clusters.at(0).source ==
        config->services.at(0)->clusters.at(0).source);
}

TEST_CASE("a file that cannot be read is one error") {
  const auto config = load_config("/nonexistent/crossfade.yaml");

  REQUIRE_FALSE(config.has_value());
  CHECK(to_string(config.error()) ==
        "/nonexistent/crossfade.yaml: expected a readable file: No such file or directory");
}
