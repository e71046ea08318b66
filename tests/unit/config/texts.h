#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/parse.h"

namespace crossfade::test {

inline const std::string kSecret = "correct-horse-battery-staple";

// A machine with two CPUs, one secret in a file and in a variable, and a home.
inline Surroundings surroundings() {
  Surroundings machine;
  machine.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/etc/crossfade/token") return kSecret + "\n";
    return Error{ErrorCode::kNotFound, Side::kSelf, Retry::kNever, "No such file"};
  };
  machine.environment = [](const std::string& name) -> std::optional<std::string> {
    const std::map<std::string, std::string> variables = {{"TOKEN", kSecret},
                                                          {"HOME", "/home/fred"}};
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  machine.cpu_count = 2;
  return machine;
}

inline ConfigResult parse(std::string_view text) {
  return parse_config(text, "/etc/crossfade/crossfade.yaml", surroundings());
}

// A configuration of the smallest kind with `services` in it, each line already indented by two.
inline std::string with_services(std::string_view services) {
  return "listeners: [{address: 127.0.0.1:0}]\nservices:\n" + std::string(services);
}

}  // namespace crossfade::test
