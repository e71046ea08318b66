#pragma once

#include <cstdint>
#include <string_view>

namespace crossfade {

// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash whose output an outsider cannot steer
// without the key, so that nobody can choose user ids that all land on one cluster. Pure.
std::uint64_t siphash24(std::string_view bytes, std::uint64_t key0, std::uint64_t key1);

}  // namespace crossfade
