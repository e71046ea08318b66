#pragma once

#include <string_view>

#include "config/base/result.h"
#include "discovery/endpoint.h"

namespace crossfade {

// A file of endpoints, YAML or JSON: a list, alone or under the key `endpoints`.
//   - 10.0.0.1:80
//   - {address: 10.0.0.2:80, ready: true, weight: 100, labels: {zone: a}}
// An empty list says with authority that there are none; an empty file is an error, because it is
// what a full disk or an interrupted writer leaves behind.
// Errors: kInvalid with line and column of the first mistake and what was expected. Pure.
Result<EndpointSet> parse_endpoints(std::string_view text);

}  // namespace crossfade
