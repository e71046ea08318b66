#pragma once

#include <string>

namespace crossfade {

// What `crossfade check FILE` says, and its exit status: 0 when the configuration is right.
struct CheckOutcome {
  int status = 0;
  std::string text;  // with newline; for stdout when right, for stderr when not
};

CheckOutcome check_config(const std::string& file);

}  // namespace crossfade
