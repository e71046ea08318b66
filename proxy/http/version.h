#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/http/fault.h"
#include "proxy/http/scan.h"

namespace crossfade::http {

inline constexpr std::size_t kVersionBytes = 8;  // "HTTP/1.1"

// Reads the version at the front of `text`. kVersion: it is that of another HTTP; kStartLine: it is
// none.
inline Fault read_version(std::string_view text, std::uint8_t& minor) {
  if (text.size() < kVersionBytes || !text.starts_with("HTTP/")) return Fault::kStartLine;
  if (!is_digit(text[5]) || text[6] != '.' || !is_digit(text[7])) return Fault::kStartLine;
  if (text[5] != '1' || text[7] > '1') return Fault::kVersion;
  minor = static_cast<std::uint8_t>(text[7] - '0');
  return Fault::kNone;
}

}  // namespace crossfade::http
