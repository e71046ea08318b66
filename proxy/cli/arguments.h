#pragma once

// What the operator typed: crossfade <command> [...]. PURE.

#include <span>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace crossfade {

struct Arguments {
  enum class Command : std::uint8_t { kRun, kCheck, kVersion, kHelp };
  Command command = Command::kHelp;
  std::string file;  // kRun, kCheck: the configuration
};

// `words` without the program's name. Errors: kInvalid, with one sentence that says what to do.
Result<Arguments> read_arguments(std::span<const std::string_view> words);

std::string_view help_text();

}  // namespace crossfade
