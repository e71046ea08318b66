#pragma once

// The parts of parse_config, one file each. Not for others: include config/parse.h.

#include <string>

#include "config/parse.h"
#include "config/section.h"

namespace crossfade {

struct ParseContext {
  std::string folder;  // of the file: relative paths begin here
  const Surroundings& surroundings;

  std::string resolve(const std::string& path) const;
};

// Each asks `root` for its keys and fills its part of `config`. Elements of lists that could not be
// read are kept with defaults, so that indices in Config and in the text agree.
void read_process(Section& root, const ParseContext& context, Config& config);   // parse_process.cc
void read_services(Section& root, const ParseContext& context, Config& config);  // parse_service.cc
void read_routes(Section& root, Config& config);                                 // parse_route.cc

// One cluster's source: {static: [...]}, {file: ...} or {dns: {...}}.
void read_source(const Field& field, const ParseContext& context,
                 SourceConfig& source);  // parse_source.cc

}  // namespace crossfade
