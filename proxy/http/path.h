#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace crossfade::http {

// A request target of origin-form in its one canonical spelling: what is routed is what is
// forwarded.
struct CanonicalTarget {
  std::string_view target;  // path and query
  std::string_view path;
};

// Makes the path canonical in place (it never grows); the query stays as it is and moves up behind
// it.
//   - dot segments are removed (RFC 3986 section 5.2.4), also when written %2e; climbing above the
//   root is refused
//   - %41 becomes A where the character is unreserved (section 2.3); other escapes get upper-case
//   digits
//   - an escaped slash, backslash or NUL, a bare backslash and a broken escape are refused: origins
//   differ in
//     whether they split there, so no spelling is safe
//   - empty segments stay: they are significant (section 3.3), and routes match by segments
// nullopt: refused. Requires: begins with '/', printable ASCII without '#'.
std::optional<CanonicalTarget> canonical_target(std::span<char> text);

}  // namespace crossfade::http
