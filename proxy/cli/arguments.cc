#include "proxy/cli/arguments.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/nearest.h"
#include "config/quote.h"

namespace crossfade {
namespace {

using Command = Arguments::Command;

constexpr std::array<std::pair<std::string_view, Command>, 8> kCommands = {{
    {"run", Command::kRun},
    {"check", Command::kCheck},
    {"version", Command::kVersion},
    {"help", Command::kHelp},
    {"--version", Command::kVersion},
    {"--help", Command::kHelp},
    {"-h", Command::kHelp},
    {"-V", Command::kVersion},
}};

Result<Command> read_command(std::string_view word) {
  std::array<std::string_view, kCommands.size()> known;
  for (std::size_t i = 0; i < kCommands.size(); ++i) {
    if (kCommands[i].first == word) return kCommands[i].second;
    known[i] = kCommands[i].first;
  }
  const std::string_view near = nearest(word, known);
  const std::string hint =
      near.empty() ? "crossfade help lists them" : "did you mean " + quote(near) + "?";
  return invalid("unknown command " + quote(word) + "; " + hint);
}

// FILE, --config FILE or --config=FILE, once.
Result<std::string> read_file_argument(std::string_view command,
                                       std::span<const std::string_view> words) {
  constexpr std::string_view kOption = "--config";
  constexpr std::string_view kOptionWithValue = "--config=";
  std::string file;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (word == kOption) {
      if (++i == words.size()) return invalid("--config needs a file after it");
      word = words[i];
    } else if (word.starts_with(kOptionWithValue)) {
      word.remove_prefix(kOptionWithValue.size());
    } else if (word.starts_with('-')) {
      return invalid("unknown option " + quote(word) + "; crossfade help lists what there is");
    }
    if (!file.empty())
      return invalid("expected one configuration file, not " + quote(file) + " and " + quote(word));
    file = word;
  }
  if (!file.empty()) return file;
  return invalid("name the configuration file: crossfade " + std::string(command) + " FILE");
}

}  // namespace

Result<Arguments> read_arguments(std::span<const std::string_view> words) {
  if (words.empty()) return invalid("say what to do: crossfade run FILE, or crossfade help");
  const auto command = read_command(words.front());
  if (!command) return command.error();
  const auto rest = words.subspan(1);
  if (*command == Command::kRun || *command == Command::kCheck) {
    auto file = read_file_argument(words.front(), rest);
    if (!file) return file.error();
    return Arguments{*command, std::move(*file)};
  }
  if (!rest.empty())
    return invalid("crossfade " + std::string(words.front()) + " takes nothing after it");
  return Arguments{*command, ""};
}

std::string_view help_text() {
  return R"(Crossfade moves live HTTP traffic from old clusters to new ones.

  crossfade run FILE        serve by this configuration (also: run --config FILE)
  crossfade check FILE      say whether this configuration is right, and every mistake in it if not
  crossfade version         say which version this is
  crossfade help            say this

While it runs: SIGHUP reads the configuration again, SIGTERM lets requests end and stops.
The control API tells the rest: GET /openapi.yaml on the control address
(127.0.0.1:9900 unless configured).
)";
}

}  // namespace crossfade
