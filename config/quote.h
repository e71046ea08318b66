#pragma once

#include <string>
#include <string_view>

namespace crossfade {

// Foreign text for a message: in double quotes, control characters escaped, cut after 60 bytes.
std::string quote(std::string_view text);

}  // namespace crossfade
