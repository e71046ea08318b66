#pragma once

#include <memory>

#include "config/config.h"
#include "discovery/source.h"

namespace crossfade {

// The endpoints written in the configuration: reported once, inside start().
std::unique_ptr<Source> make_static_source(const StaticSource& config);

}  // namespace crossfade
