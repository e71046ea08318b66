#include <catch2/catch.hpp>

#include <vector>

#include "proxy/cli/arguments.h"
#include "proxy/cli/check.h"

namespace crossfade {
namespace {

Result<Arguments> read(std::vector<std::string_view> words) {
  return read_arguments(words);
}

TEST_CASE("the configuration is named by position or by option") {
  for (const auto& words : std::vector<std::vector<std::string_view>>{
           {"run", "c.yaml"}, {"run", "--config", "c.yaml"}, {"run", "--config=c.yaml"}}) {
    const auto arguments = read(words);
    REQUIRE(arguments.has_value());
    CHECK(arguments->command == Arguments::Command::kRun);
    CHECK(arguments->file == "c.yaml");
  }
}

TEST_CASE("each command is known") {
  CHECK(read({"check", "c.yaml"})->command == Arguments::Command::kCheck);
  CHECK(read({"version"})->command == Arguments::Command::kVersion);
  CHECK(read({"--version"})->command == Arguments::Command::kVersion);
  CHECK(read({"help"})->command == Arguments::Command::kHelp);
}

TEST_CASE("each mistake is one sentence that says what to do") {
  using Words = std::vector<std::string_view>;
  const auto [words, hint] = GENERATE(table<Words, std::string>({
      {Words{}, "crossfade help"},
      {Words{"chekc", "c.yaml"}, "did you mean \"check\"?"},
      {Words{"zzzzzzzz"}, "crossfade help"},
      {Words{"run"}, "crossfade run FILE"},
      {Words{"run", "--config"}, "needs a file"},
      {Words{"run", "--verbose", "c.yaml"}, "unknown option \"--verbose\""},
      {Words{"run", "a.yaml", "b.yaml"}, "one configuration file"},
      {Words{"version", "now"}, "takes nothing"},
  }));

  const auto arguments = read(words);

  REQUIRE(!arguments);
  CHECK(arguments.error().message.find(hint) != std::string::npos);
  CHECK(arguments.error().message.find('\n') == std::string::npos);
}

TEST_CASE("help names every command") {
  for (const char* command : {"run FILE", "check FILE", "version", "help"}) {
    CHECK(help_text().find(command) != std::string_view::npos);
  }
}

TEST_CASE("a configuration that cannot be read does not pass the check") {
  const CheckOutcome outcome = check_config("/nonexistent/c.yaml");

  CHECK(outcome.status == 1);
  CHECK(outcome.text.find("/nonexistent/c.yaml") != std::string::npos);
  CHECK(outcome.text.ends_with("1 mistake\n"));
}

}  // namespace
}  // namespace crossfade
