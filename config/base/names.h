#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace crossfade {

// A name that is safe in a URL path, a metric label, a file name and a DNS label:
// 1 to 253 of [a-z0-9._-], beginning and ending with a letter or digit.
bool is_name(std::string_view text);

// A name of one kind; kinds do not mix. A default-made one is empty and names nothing.
template <class Kind>
class Name {
 public:
  Name() = default;

  // Errors: kInvalid, with what a name may contain.
  static Result<Name> parse(std::string_view text) {
    if (!is_name(text)) {
      return invalid(
          "expected 1 to 253 of a-z 0-9 . _ - beginning and ending with a letter or digit");
    }
    return Name{std::string(text)};
  }

  // Requires: is_name(text). For names known at compile time and for tests.
  static Name of(std::string_view text) { return parse(text).value(); }

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_{std::move(text)} {}
  std::string text_;
};

using ServiceName = Name<struct ServiceKind>;
using ClusterName = Name<struct ClusterKind>;
using MigrationName = Name<struct MigrationKind>;

}  // namespace crossfade

template <class Kind>
struct std::hash<crossfade::Name<Kind>> {
  std::size_t operator()(const crossfade::Name<Kind>& name) const {
    return std::hash<std::string>{}(name.str());
  }
};
