#pragma once

// Readers of single values for Section::read: each gives the value, or adds a problem that says
// what was expected.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/address.h"
#include "config/base/instant.h"
#include "config/limits.h"
#include "config/section.h"

namespace crossfade {

std::optional<bool> read_truth(const Field& field);          // true | false
std::optional<double> read_fraction(const Field& field);     // 50% | 0.5
std::optional<std::uint64_t> read_size(const Field& field);  // 512B | 64KiB, in bytes
std::optional<Address> read_address(const Field& field);     // 127.0.0.1:80 | [::1]:80, any port
std::optional<Address> read_endpoint(
    const Field& field);  // the same, but somewhere one can connect to
std::optional<std::string> read_text(const Field& field);  // visible characters, at least one
std::optional<std::string> read_token(
    const Field& field);  // RFC 9110 section 5.6.2: a method or field name
std::optional<std::string> read_field_name(const Field& field);  // the same, made lower case

// A whole number in [min, max].
struct Count {
  std::uint32_t min;
  std::uint32_t max;
  std::optional<std::uint32_t> operator()(const Field& field) const;
};

struct Port {
  std::optional<std::uint16_t> operator()(const Field& field) const;
};

// A duration from 1 ms to limits::kDurationMax; with `zero` also 0, which then has that meaning.
struct Time {
  const char* zero = nullptr;  // "no limit"
  std::optional<Duration> operator()(const Field& field) const;
};

}  // namespace crossfade
