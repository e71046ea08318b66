#pragma once

#include <optional>
#include <string_view>

#include "proxy/http/head.h"

namespace crossfade::http {

// The value of the first cookie with exactly this name in any Cookie field (RFC 6265 section 5.4),
// quotes kept.
std::optional<std::string_view> find_cookie(const Headers& headers, std::string_view name);

}  // namespace crossfade::http
