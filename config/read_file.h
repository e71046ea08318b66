#pragma once

#include <cstddef>
#include <string>

#include "config/base/result.h"

namespace crossfade {

// A whole regular file of at most `bytes_max` bytes. Never waits: pipes and devices are refused.
// Errors: kNotFound, kFull, kIo; the message is the reason without the path.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace crossfade
