#pragma once

#include <optional>
#include <string_view>

#include "config/config.h"
#include "proxy/http/head.h"

namespace crossfade {

// The key that keeps a user on one cluster: a header's value, a cookie's, or the client's address.
// Pure. nullopt: there is none, a random point decides. An empty header or cookie is no key: it
// would put every client that sends one in the same place. The view points into the head or is
// `client_address`.
std::optional<std::string_view> stickiness_key(const StickinessConfig& config,
                                               const http::RequestHead& request,
                                               std::string_view client_address);

}  // namespace crossfade
