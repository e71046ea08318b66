#include <catch2/catch.hpp>

#include <random>

#include "config/base/random.h"
#include "config/limits.h"
#include "config/parse.h"
#include "config/yaml_reader.h"
#include "tests/unit/config/texts.h"

using namespace crossfade;

namespace {

std::string message_of(const YamlDocument& document) {
  return document.problems.empty() ? "" : document.problems.back().message;
}

}  // namespace

TEST_CASE("every value knows its place") {
  const auto document = read_yaml("a:\n  - 1\n  - {b: x}\nc:\n");

  REQUIRE(document.is_whole);
  const YamlNode& list = *document.root.find("a");
  CHECK(list.kind == YamlNode::Kind::kList);
  CHECK(list.items.at(0).line == 2);
  CHECK(list.items.at(0).column == 5);
  const YamlNode& x = *list.items.at(1).find("b");
  CHECK(x.text == "x");
  CHECK(x.line == 3);
  CHECK(x.column == 9);
  CHECK(document.root.find("c")->kind == YamlNode::Kind::kNull);
  CHECK(document.root.find("d") == nullptr);
}

TEST_CASE("nesting is bounded") {
  const std::size_t max = limits::kYamlDepthMax;
  CHECK(read_yaml(std::string(max, '[') + std::string(max, ']')).is_whole);
  const auto document = read_yaml(std::string(max + 1, '[') + std::string(max + 1, ']'));
  CHECK_FALSE(document.is_whole);
  CHECK(message_of(document) == "expected at most 32 levels of nesting");
  CHECK_FALSE(read_yaml(std::string(100'000, '[')).is_whole);
  CHECK_FALSE(read_yaml(std::string(10'000, '{')).is_whole);
}

TEST_CASE("aliases of aliases cannot blow a small text up") {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'j'; ++name) {
    const std::string before = "*" + std::string(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 10; ++i) text += before + ",";
    text += before + "]\n";
  }

  const auto document = read_yaml(text);
  CHECK_FALSE(document.is_whole);
  CHECK(message_of(document) == "expected fewer values: aliases make this document too large");
}

TEST_CASE("an alias inside its own anchor is refused") {
  const auto document = read_yaml("a: &a [1, *a]");
  CHECK_FALSE(document.is_whole);
  CHECK(message_of(document) == "expected an alias of something that is complete, not of itself");
}

TEST_CASE("one value is bounded") {
  CHECK(read_yaml("a: " + std::string(limits::kValueBytesMax, 'x')).is_whole);
  CHECK(message_of(read_yaml("a: " + std::string(limits::kValueBytesMax + 1, 'x'))) ==
        "expected at most 4096 bytes of text in one value");
}

TEST_CASE("no bytes make the parser throw or crash") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Random random{seed};
  const std::string valid = R"(listeners: [{address: 127.0.0.1:0}]
defaults: {timeouts: &t {connect: 1s}}
services:
  s: {clusters: {a: {weight: 1, source: {static: [10.0.0.1:80]}}}, timeouts: *t}
routes:
  - {match: {headers: {x: "1"}}, service: s}
)";
  const std::string_view marks = "[]{}:,-&*!|>'\"%@`#?\n \t~\\\0\xff\xc3";
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = valid;
    const std::uint32_t changes = 1 + random.below(8);
    for (std::uint32_t i = 0; i < changes; ++i) {
      const std::size_t at = random.below(static_cast<std::uint32_t>(text.size()));
      const bool is_mark = random.below(2) == 0;
      const char byte = is_mark ? marks[random.below(static_cast<std::uint32_t>(marks.size()))]
                                : static_cast<char>(random.below(256));
      if (random.below(3) == 0) {
        text.erase(at, 1 + random.below(8));
        if (text.empty()) text = "x";
      } else {
        text[at] = byte;
      }
    }
    INFO(text);
    const auto config = parse_config(text, "c.yaml", test::surroundings());
    if (config) continue;
    ++refused;
    REQUIRE_FALSE(config.error().empty());
    REQUIRE_FALSE(config.error().front().message.empty());
  }
  CHECK(refused > 1000);

  for (int round = 0; round < 300; ++round) {
    std::string text(random.below(2000), '\0');
    for (char& c : text) c = static_cast<char>(random.below(256));
    INFO(text);
    CHECK_FALSE(parse_config(text, "c.yaml", test::surroundings()).has_value());
  }
}
