#pragma once

#include <cstdint>

namespace crossfade::bench {

// Serves forever: GET /N answers N bytes, an upload is read whole and answered with nothing.
void serve_origin(std::uint16_t port);

}  // namespace crossfade::bench
