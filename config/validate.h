#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/key_path.h"

namespace crossfade {

// A rule across several fields that the configuration breaks, and the key to blame.
struct Violation {
  KeyPath path;
  std::string message;
};

// All rules that no single value can break alone: names refer to what exists, listeners do not
// collide, weights can be shared out, no route hides another, and nobody opens the control API to
// the network without a token. Pure. Empty: the configuration can be run.
std::vector<Violation> validate(const Config& config);

}  // namespace crossfade
