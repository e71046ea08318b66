#pragma once

#include <string>
#include <string_view>

namespace crossfade {

// Foreign text in one line: control characters become \x0a and the like.
std::string escape(std::string_view text);

// Foreign text for a message: in double quotes, escaped, cut after 60 bytes.
std::string quote(std::string_view text);

}  // namespace crossfade
