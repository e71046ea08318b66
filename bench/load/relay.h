#pragma once

#include <cstdint>

namespace crossfade::bench {

// The floor: passes bytes between a client and one connection to the origin, without looking at
// them. Forever.
void serve_relay(std::uint16_t port, std::uint16_t origin_port);

}  // namespace crossfade::bench
