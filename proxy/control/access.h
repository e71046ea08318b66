#pragma once

// Who may use the control API. PURE.
// With a token: who bears it (RFC 6750). Without one the API listens on loopback only
// (config/validate), where every local user may use it, and web pages that his browser runs may
// not: they are told apart by Host and Origin.

#include <optional>
#include <string_view>

#include "proxy/control/api_message.h"

namespace crossfade {

// What stands in the way; nullopt: nothing. `token` empty: none is configured.
// `is_open`: shows nothing and changes nothing (health, the API's own document).
std::optional<ApiResponse> refusal(const ApiRequest& request, std::string_view token, bool is_open);

// In a time that depends on the sizes only, so that no caller can guess a secret byte by byte.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// What headers and queries may bring into records, answers and events, which are UTF-8.
bool is_printable_ascii(std::string_view text);

// Who to name in records: what X-Crossfade-Actor claims, for tools that act for somebody; else, or
// when that is not printable ASCII, "token" or "anonymous".
std::string actor_of(const ApiRequest& request, std::string_view token);

}  // namespace crossfade
