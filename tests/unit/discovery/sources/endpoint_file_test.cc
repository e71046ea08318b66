#include "discovery/sources/endpoint_file.h"

#include <catch2/catch.hpp>

#include "config/limits.h"

using namespace crossfade;

namespace {

std::string error_of(std::string_view text) {
  const auto endpoints = parse_endpoints(text);
  return endpoints ? "" : endpoints.error().message;
}

}  // namespace

TEST_CASE("an element is an address or a map") {
  const auto endpoints = parse_endpoints(
      "- 10.0.0.1:80\n"
      "- {address: \"[::1]:81\", ready: false, weight: 7, labels: {zone: a, version: \"2\"}}\n");

  REQUIRE(endpoints.has_value());
  REQUIRE(endpoints->size() == 2);
  CHECK(endpoints->at(0) == Endpoint{.address = Address::parse("10.0.0.1:80").value()});
  const Endpoint& second = endpoints->at(1);
  CHECK(second.address.str() == "[::1]:81");
  CHECK_FALSE(second.ready);
  CHECK(second.weight == 7);
  CHECK(second.labels == std::map<std::string, std::string>{{"zone", "a"}, {"version", "2"}});
}

TEST_CASE("the list may stand under endpoints and may be JSON") {
  CHECK(parse_endpoints("endpoints:\n  - 10.0.0.1:80\n")->size() == 1);
  CHECK(parse_endpoints(R"({"endpoints": [{"address": "10.0.0.1:80"}, "10.0.0.2:80"]})")->size() ==
        2);
  CHECK(parse_endpoints(R"(["10.0.0.1:80"])")->size() == 1);
}

TEST_CASE("an empty list is a set, an empty file is an error") {
  REQUIRE(parse_endpoints("[]").has_value());
  CHECK(parse_endpoints("[]")->empty());
  CHECK(parse_endpoints("endpoints: []")->empty());
  CHECK(error_of("") == "1:1: expected a list of endpoints, found nothing");
  CHECK(error_of("# nothing yet\n") == "1:1: expected a list of endpoints, found nothing");
  CHECK(error_of("endpoints:") == "1:1: endpoints: expected a list of endpoints, found nothing");
}

TEST_CASE("the first mistake is named with its place") {
  CHECK(error_of("- 10.0.0.1:80\n- 10.0.0.2\n- x") ==
        "2:3: [1]: expected an IP address with a port, like 10.0.0.1:80 or [::1]:80, found "
        "\"10.0.0.2\"");
  CHECK(error_of("- 10.0.0.1:0") ==
        "1:3: [0]: expected the address and port of one server, found \"10.0.0.1:0\"");
  CHECK(error_of("- {address: 10.0.0.1:80, wieght: 2}") ==
        "1:26: [0].wieght: unknown key, did you mean \"weight\"?");
  CHECK(error_of("- {weight: 2}") ==
        "1:3: [0].address: missing, expected an IP address with a port, like 10.0.0.1:80");
  CHECK(error_of("endpoint: []") == "1:1: endpoints: missing, expected a list of endpoints");
  CHECK(error_of("- {address: 10.0.0.1:80, weight: 0}") ==
        "1:34: [0].weight: expected a whole number from 1 to 1000, found \"0\"");
  CHECK(error_of("endpoints: [").find("not valid YAML") != std::string::npos);
}

TEST_CASE("a file of too many endpoints is an error") {
  std::string text;
  for (std::size_t i = 0; i <= limits::kEndpointsPerSetMax; ++i) text += "- 10.0.0.1:80\n";
  CHECK(error_of(text) == "1:1: expected at most 100000 endpoints");
}
