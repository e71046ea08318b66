#pragma once

#include <string>

namespace crossfade {

// What is wrong with a field of a spec: where (RFC 6901 JSON pointer) and what was expected there.
struct FieldError {
  std::string pointer;
  std::string expected;
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

}  // namespace crossfade
