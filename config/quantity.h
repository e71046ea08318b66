#pragma once

// Numbers with units, as people write them. All are exact or absent: nothing is guessed or rounded.

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/base/instant.h"

namespace crossfade {

// "250ms", "5s", "1m", "1h"; also us and d. Whole numbers only. Absent: no unit, or over
// limits::kDurationMax.
std::optional<Duration> parse_duration(std::string_view text);

// "64KiB", "1MiB", "2GiB", "512B" in bytes. Absent: no unit, or over 2^53.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "50%" or "0.5": from 0 to 1.
std::optional<double> parse_fraction(std::string_view text);

// Decimal digits only, no sign.
std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace crossfade
