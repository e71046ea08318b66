#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>
#include <set>

#include "config/parse.h"
#include "config/read_file.h"
#include "tests/unit/config/texts.h"

using namespace crossfade;

namespace {

const std::filesystem::path kConfigFolder =
    std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path() /
    "config";

std::string text_of(const std::filesystem::path& path) {
  return read_file(path, 1 << 20).value();
}

// Every key that the parser asks for, out of its own source.
std::set<std::string> known_keys() {
  const std::regex asks(R"((?:read|find|required)\("([a-z_]+)\")");
  std::set<std::string> keys;
  for (const auto& entry : std::filesystem::directory_iterator(kConfigFolder)) {
    if (!entry.path().filename().string().starts_with("parse_")) continue;
    const std::string source = text_of(entry.path());
    for (std::sregex_iterator at(source.begin(), source.end(), asks), end; at != end; ++at) {
      keys.insert((*at)[1]);
    }
  }
  return keys;
}

}  // namespace

TEST_CASE("the reference is a valid configuration") {
  const auto config = parse_config(text_of(kConfigFolder / "reference.yaml"),
                                   "/etc/crossfade/crossfade.yaml", test::surroundings());

  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config.has_value());
  CHECK(config->control.token == test::kSecret);
  CHECK(config->services.size() == 1);
  CHECK(config->services[0]->clusters.size() == 3);
  CHECK(config->services[0]->request_body_max == 10 * 1024 * 1024);
  CHECK(config->routes.size() == 2);
}

TEST_CASE("the reference names every key") {
  const std::string reference = text_of(kConfigFolder / "reference.yaml");
  const auto keys = known_keys();

  CHECK(keys.size() > 50);
  CHECK(keys.contains("panic_threshold"));
  for (const std::string& key : keys) {
    INFO(key);
    CHECK(std::regex_search(reference, std::regex("\\b" + key + ":")));
  }
}
