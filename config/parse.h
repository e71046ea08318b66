#pragma once

// The operator's YAML text -> Config, or every error in it at once.
//
//   text -> read_yaml (bounded tree with places) -> fields (types, units, ranges, unknown keys)
//        -> validate (rules across fields) -> Config
//
// Any thread; no state. The only code of the product that sees a configuration file.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "config/base/result.h"
#include "config/config.h"

namespace crossfade {

// One mistake of the operator. Never contains the value of a secret.
struct ConfigError {
  std::string file;
  int line = 0;         // from 1; 0: the file as a whole
  int column = 0;       // from 1
  std::string path;     // "services.playlist.clusters.new.weight"; empty: the document
  std::string message;  // what was expected
  // "crossfade.yaml:12:9: services.playlist.clusters.new.weight: expected ..."
  std::string str() const;
  friend bool operator==(const ConfigError&, const ConfigError&) = default;
};

using ConfigErrors = std::vector<ConfigError>;                     // in the order of the file
using ConfigResult = boost::system::result<Config, ConfigErrors>;  // never an empty list of errors

// What parsing asks of the machine it runs on; tests hand in their own.
struct Surroundings {
  std::function<Result<std::string>(const std::string& path)> read_file;  // for secrets
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::uint32_t cpu_count = 1;  // default of `workers`
};

Surroundings system_surroundings();

// `file` names the text in errors, and relative paths in it are relative to its folder.
// Requires: both functions of `surroundings` are set.
ConfigResult parse_config(std::string_view text, const std::string& file,
                          const Surroundings& surroundings);

// Reads and parses one file. A file that cannot be read is one ConfigError as well.
ConfigResult load_config(const std::string& path);

// One error per line, for the terminal and for the answer to a refused reload.
std::string to_string(const ConfigErrors& errors);

[[noreturn]] inline void throw_exception_from_error(const ConfigErrors& errors,
                                                    const boost::source_location&) {
  throw std::runtime_error(to_string(errors));
}

}  // namespace crossfade
