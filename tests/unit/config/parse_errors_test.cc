#include <catch2/catch.hpp>

#include <algorithm>

#include "config/limits.h"
#include "config/parse.h"
#include "tests/unit/config/texts.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

std::string errors_of(std::string_view text) {
  const auto config = parse_config(text, "c.yaml", surroundings());
  return config ? "" : to_string(config.error());
}

struct Case {
  const char* text;
  const char* errors;  // all of them, one a line
};

const std::string kListeners = "listeners: [{address: 127.0.0.1:0}]\n";  // line 1 of most cases

void check(const std::vector<Case>& cases, const std::string& before,
           const std::string& after = "") {
  for (const Case& bad : cases) {
    INFO(before + bad.text + after);
    CHECK(errors_of(before + bad.text + after) == bad.errors);
  }
}

}  // namespace

TEST_CASE("a document of the wrong shape says what was expected") {
  check(
      {{"",
        "c.yaml:1:1: listeners: missing, expected a list of at least one, like [{address: "
        "0.0.0.0:8080}]"},
       {"[]",
        "c.yaml:1:1: expected a map of keys and values, found a list\n"
        "c.yaml:1:1: listeners: missing, expected a list of at least one, like [{address: "
        "0.0.0.0:8080}]"},
       {"listeners: [", "c.yaml:1:1: listeners[0]: not valid YAML: end of sequence flow not found"},
       {"listeners: []", "c.yaml:1:12: listeners: expected at least one listener"},
       {"listeners: 8080", "c.yaml:1:12: listeners: expected a list of listeners, found \"8080\""},
       {"listeners:\n  - address: *nobody",
        "c.yaml:2:14: listeners[0].address: not valid YAML: the referenced anchor is not defined"},
       {"{listeners: []}\n---\n{}", "c.yaml:2:1: expected a single YAML document"},
       {"? [a]\n: b", "c.yaml:1:3: expected text as a key"}},
      "");
}

TEST_CASE("a bad value of the process says what was expected") {
  check(
      {{"workers: 0", "c.yaml:2:10: workers: expected a whole number from 1 to 256, found \"0\""},
       {"workers: two",
        "c.yaml:2:10: workers: expected a whole number from 1 to 256, found \"two\""},
       {"workers: -1", "c.yaml:2:10: workers: expected a whole number from 1 to 256, found \"-1\""},
       {"workers:", "c.yaml:2:1: workers: expected a whole number from 1 to 256, found nothing"},
       {"control: {address: localhost:80}",
        "c.yaml:2:20: control.address: expected an IP address with a port, like 10.0.0.1:80 or "
        "[::1]:80, "
        "found \"localhost:80\""},
       {"control: {address: 0.0.0.0:9900}",
        "c.yaml:2:20: control.address: expected a loopback address, or control.token beside it: "
        "this API moves live traffic"},
       {"forwarding: {forwarded: yes}",
        "c.yaml:2:25: forwarding.forwarded: expected true or false, found \"yes\""},
       {"forwarding: {via: a b}",
        "c.yaml:2:19: forwarding.via: expected a name of letters, digits and !#$%&'*+-.^_`|~, "
        "found \"a b\""},
       {"state: {journal: {}}",
        "c.yaml:2:18: state.journal: expected text without control characters, found a map"}},
      kListeners);
}

TEST_CASE("an unknown key names the nearest known one") {
  check({{"worker: 2", "c.yaml:2:1: worker: unknown key, did you mean \"workers\"?"},
         {"servcies: {}", "c.yaml:2:1: servcies: unknown key, did you mean \"services\"?"},
         {"zebra: 2", "c.yaml:2:1: zebra: unknown key"},
         {"defaults: {timeouts: {conect: 1s}}",
          "c.yaml:2:23: defaults.timeouts.conect: unknown key, did you mean \"connect\"?"},
         {"defaults: {clusters: {}}", "c.yaml:2:12: defaults.clusters: unknown key"},
         {"\"a\\nb\": 2", "c.yaml:2:1: a\\x0ab: unknown key"}},
        kListeners);
}

TEST_CASE("a key given twice is an error at the second") {
  check({{"workers: 1\nworkers: 2", "c.yaml:3:1: workers: expected each key once, found it again"},
         {"defaults:\n  pool: {idle_max: 1, idle_max: 1}",
          "c.yaml:3:23: defaults.pool.idle_max: expected each key once, found it again"}},
        kListeners);
}

TEST_CASE("a bad setting of a service says what was expected") {
  check(
      {{"timeouts: {connect: 5}",
        "c.yaml:2:32: defaults.timeouts.connect: expected a duration from 1ms to 365d, like "
        "250ms, 5s or 1h, "
        "found \"5\""},
       {"timeouts: {connect: 0s}",
        "c.yaml:2:32: defaults.timeouts.connect: expected a duration from 1ms to 365d, like "
        "250ms, 5s or 1h, "
        "found \"0s\""},
       {"timeouts: {request: 366d}",
        "c.yaml:2:32: defaults.timeouts.request: expected a duration from 1ms to 365d, like "
        "250ms, 5s or 1h, "
        "or 0s for no limit, found \"366d\""},
       {"request_body_max: 10",
        "c.yaml:2:30: defaults.request_body_max: expected a size like 512B, 64KiB, 10MiB or 1GiB, "
        "found \"10\""},
       {"balancing: fair",
        "c.yaml:2:23: defaults.balancing: expected two_choices, round_robin or random, found "
        "\"fair\""},
       {"retries: {budget: 120%}",
        "c.yaml:2:30: defaults.retries.budget: expected a fraction from 0% to 100%, like 50% or "
        "0.5, found \"120%\""},
       {"retries: {statuses: [200]}",
        "c.yaml:2:33: defaults.retries.statuses[0]: expected a whole number from 400 to 599, "
        "found \"200\""},
       {"stickiness: {header: a, cookie: b}",
        "c.yaml:2:24: defaults.stickiness: expected one of header and cookie"},
       {"stickiness: ip",
        "c.yaml:2:24: defaults.stickiness: expected none, source_address, {header: NAME} or "
        "{cookie: NAME}, "
        "found \"ip\""},
       {"health_check: {http: {}, tcp: {}}",
        "c.yaml:2:26: defaults.health_check: expected one of http and tcp"},
       {"health_check: {http: {statuses: 399-200}}",
        "c.yaml:2:44: defaults.health_check.http.statuses: expected a range of statuses, like "
        "200-399, "
        "found \"399-200\""},
       {"health_check: {http: {path: up}}",
        "c.yaml:2:40: defaults.health_check.http.path: expected a path that begins with /, found "
        "\"up\""},
       {"pool: {connections_max: 0}",
        "c.yaml:2:36: defaults.pool.connections_max: expected a whole number from 1 to 10000000, "
        "found \"0\""}},
      kListeners + "defaults: {", "}");
}

TEST_CASE("a bad cluster says what was expected") {
  check(
      {{"{}",
        "c.yaml:3:17: services.s.clusters: expected at least one cluster with a weight above 0"},
       {"{a: {weight: 0, source: {static: []}}}",
        "c.yaml:3:17: services.s.clusters: expected at least one cluster with a weight above 0"},
       {"{a: {weight: 1}}",
        "c.yaml:3:21: services.s.clusters.a.source: missing, expected where the endpoints come "
        "from: "
        "static, file or dns"},
       {"{A: {weight: 1, source: {static: []}}, b: {weight: 1, source: {static: []}}}",
        "c.yaml:3:18: services.s.clusters.A: expected 1 to 253 of a-z 0-9 . _ - beginning and "
        "ending with a "
        "letter or digit"},
       {"{a: {weight: 1, source: {static: [], file: x}}}",
        "c.yaml:3:41: services.s.clusters.a.source: expected exactly one of static, file and dns"},
       {"{a: {weight: 1, source: {static: [10.0.0.1:80, 10.0.0.1:80]}}}",
        "c.yaml:3:64: services.s.clusters.a.source.static[1]: expected each endpoint once, this is "
        "static[0]"},
       {"{a: {weight: 1, source: {static: [0.0.0.0:80, x]}}}",
        "c.yaml:3:51: services.s.clusters.a.source.static[0]: expected the address and port of one "
        "server, "
        "found \"0.0.0.0:80\"\n"
        "c.yaml:3:63: services.s.clusters.a.source.static[1]: expected an IP address with a port, "
        "like 10.0.0.1:80 "
        "or [::1]:80, found \"x\""},
       {"{a: {weight: 1, source: {dns: {name: -..-, port: 0}}}}",
        "c.yaml:3:54: services.s.clusters.a.source.dns.name: expected a DNS name, like "
        "playlist.new.example, "
        "found \"-..-\"\n"
        "c.yaml:3:66: services.s.clusters.a.source.dns.port: expected a whole number from 1 to "
        "65535, found \"0\""},
       {"{a: {weight: 1, source: {dns: {name: x, record: srv, port: 1}}}}",
        "c.yaml:3:76: services.s.clusters.a.source.dns.port: expected no port: SRV records bring "
        "their own"},
       {"{a: {weight: 1, source: {dns: {name: x, port: 1, refresh_min: 1h}}}}",
        "c.yaml:3:79: services.s.clusters.a.source.dns.refresh_min: expected at most refresh_max"}},
      kListeners + "services:\n  s: {clusters: ", "}");
}

TEST_CASE("a bad route says what was expected") {
  const std::string services =
      kListeners + "services: {playlist: {clusters: {a: {weight: 1, source: {static: []}}}}}\n";
  check({{"- {service: playlst}",
          "c.yaml:4:13: routes[0].service: expected the name of a service, found \"playlst\", did "
          "you mean \"playlist\"?"},
         {"- {}",
          "c.yaml:4:3: routes[0].service: missing, expected the name of the service these requests "
          "go to"},
         {"- {service: playlist, match: {path: /a, path_prefix: /a}}",
          "c.yaml:4:30: routes[0].match: expected one of path and path_prefix"},
         {"- {service: playlist, match: {path: a}}",
          "c.yaml:4:37: routes[0].match.path: expected a path like /api/v1: no query, no empty, . "
          "or .. segments, "
          "found \"a\""},
         {"- {service: playlist, match: {path: /a/../b}}",
          "c.yaml:4:37: routes[0].match.path: expected a path like /api/v1: no query, no empty, . "
          "or .. segments, "
          "found \"/a/../b\""},
         {"- {service: playlist, match: {host: \"a.example:80\"}}",
          "c.yaml:4:37: routes[0].match.host: expected a host without a port, like www.example.com "
          "or *.example.com, "
          "found \"a.example:80\""},
         {"- {service: playlist, match: {methods: [\"G T\"]}}",
          "c.yaml:4:41: routes[0].match.methods[0]: expected a name of letters, digits and "
          "!#$%&'*+-.^_`|~, "
          "found \"G T\""},
         {"- {service: playlist, match: {headers: {\"a b\": x}}}",
          "c.yaml:4:41: routes[0].match.headers.a b: expected a name of letters, digits and "
          "!#$%&'*+-.^_`|~, "
          "found \"a b\""},
         {"- {service: playlist, match: {methods: [GET, PUT], host: A.example}}\n"
          "- {match: {host: a.example, path_prefix: /, methods: [PUT, GET]}, service: playlist}",
          "c.yaml:5:11: routes[1].match: expected another match than that of routes[0], which "
          "takes all of it"}},
        services + "routes:\n");
}

TEST_CASE("listeners that collide are an error at the later one") {
  check({{"listeners: [{address: 127.0.0.1:80}, {address: 127.0.0.1:80}]",
          "c.yaml:1:48: listeners[1].address: expected another address than that of listeners[0]"},
         {"listeners: [{address: 0.0.0.0:80}, {address: 127.0.0.1:80}]",
          "c.yaml:1:46: listeners[1].address: expected another address than that of listeners[0]"},
         {"listeners: [{address: 127.0.0.1:9900}]",
          "c.yaml:1:23: listeners[0].address: expected another address than that of control"},
         {"listeners: [{address: 127.0.0.1:0}, {address: 127.0.0.1:0}]", ""},
         {"listeners: [{address: 127.0.0.1:80}, {address: 127.0.0.2:80}]", ""}},
        "");
}

TEST_CASE("all errors of a file are reported at once in its order") {
  CHECK(errors_of(R"(workers: many
listeners: [{address: nowhere, head_timeout: 5}]
routes:
  - {service: playlist}
services:
  playlist:
    clusters: {old: {weight: heavy, source: {statc: []}}}
)") == "c.yaml:1:10: workers: expected a whole number from 1 to 256, found \"many\"\n"
       "c.yaml:2:23: listeners[0].address: expected an IP address with a port, like 10.0.0.1:80 or "
       "[::1]:80, "
       "found \"nowhere\"\n"
       "c.yaml:2:46: listeners[0].head_timeout: expected a duration from 1ms to 365d, like 250ms, "
       "5s or 1h, "
       "found \"5\"\n"
       "c.yaml:7:30: services.playlist.clusters.old.weight: expected a whole number from 0 to "
       "1000000, "
       "found \"heavy\"\n"
       "c.yaml:7:45: services.playlist.clusters.old.source: expected exactly one of static, file "
       "and dns\n"
       "c.yaml:7:46: services.playlist.clusters.old.source.statc: unknown key, did you mean "
       "\"static\"?");
}

TEST_CASE("no error ever shows a secret") {
  const std::string s3cret = "s3cret";
  for (const char* token :
       {"s3cret", "[s3cret]", "{file: s3cret}", "{env: s3cret}", "{fille: s3cret}",
        "{file: s3cret, env: s3cret}", "{file: [s3cret]}", "!!int s3cret"}) {
    const std::string errors =
        errors_of(kListeners + "control: {address: 0.0.0.0:1, token: " + token + "}");
    INFO(token);
    CHECK(errors.find("c.yaml:2:") == 0);
    CHECK(errors.find("control.token") != std::string::npos);
    CHECK(errors.find(s3cret) == std::string::npos);
  }

  Surroundings machine = surroundings();
  machine.read_file = [&](const std::string&) -> Result<std::string> {
    return s3cret + "\nsecond line";
  };
  const auto config = parse_config(kListeners + "control: {token: {file: x}}", "c.yaml", machine);
  REQUIRE_FALSE(config.has_value());
  CHECK(to_string(config.error()) ==
        "c.yaml:2:25: control.token.file: expected a readable file that holds 1 to 4096 visible "
        "characters");
}

TEST_CASE("without any place for the journal one has to be named") {
  Surroundings machine = surroundings();
  machine.environment = [](const std::string&) { return std::nullopt; };

  const auto config = parse_config(kListeners, "c.yaml", machine);
  REQUIRE_FALSE(config.has_value());
  CHECK(to_string(config.error()) ==
        "c.yaml:1:1: state.journal: expected a path or memory: none of STATE_DIRECTORY, "
        "XDG_STATE_HOME and HOME is set");
  CHECK(parse_config(kListeners + "state: {journal: memory}", "c.yaml", machine).has_value());
}

TEST_CASE("a flood of errors is cut off") {
  std::string text = kListeners;
  for (int i = 0; i < 5000; ++i) text += "x" + std::to_string(i) + ": 1\n";

  const auto config = parse_config(text, "c.yaml", surroundings());
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().size() == limits::kConfigErrorsMax);
}
