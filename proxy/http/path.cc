#include "proxy/http/path.h"

#include <cstring>

#include "proxy/http/scan.h"

namespace crossfade::http {
namespace {

bool is_unreserved(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

char upper_hex(int value) {
  return "0123456789ABCDEF"[value];
}

// Whether no byte of [begin, end) asks for a change. `end` is set to where the path ends.
bool is_canonical(const char* begin, const char*& end) {
  for (const char* at = begin; (at = find_path_special(at, end)) != end; ++at) {
    if (*at == '?') {
      end = at;
      return true;
    }
    if (*at != '.' || at[-1] == '/') return false;  // a dot inside a segment is the common case
  }
  return true;
}

// Gives every escape its one spelling. Returns the new end, nullptr when the path is refused.
char* settle_escapes(char* begin, const char* end) {
  char* out = begin;
  for (const char* at = begin; at != end; ++at) {
    if (*at == '\\') return nullptr;
    if (*at != '%') {
      *out++ = *at;
      continue;
    }
    if (end - at < 3) return nullptr;
    const int high = hex_value(at[1]);
    const int low = hex_value(at[2]);
    if (high < 0 || low < 0) return nullptr;
    const char decoded = static_cast<char>(high * 16 + low);
    if (decoded == '/' || decoded == '\\' || decoded == '\0') return nullptr;
    if (is_unreserved(decoded)) {
      *out++ = decoded;
    } else {
      *out++ = '%';
      *out++ = upper_hex(high);
      *out++ = upper_hex(low);
    }
    at += 2;
  }
  return out;
}

// RFC 3986 section 5.2.4, but above the root is refused. Returns the new end, nullptr when refused.
char* remove_dot_segments(char* begin, const char* end) {
  char* out = begin;
  for (const char* at = begin; at != end;) {
    const auto* slash =
        static_cast<const char*>(std::memchr(at + 1, '/', static_cast<std::size_t>(end - at - 1)));
    const char* next = slash != nullptr ? slash : end;
    const std::string_view segment(at + 1, static_cast<std::size_t>(next - at - 1));
    // Some origins cut "..;x" at the semicolon and climb.
    if (segment.starts_with(".;") || segment.starts_with("..;")) return nullptr;
    if (segment == "." || segment == "..") {
      if (segment == "..") {
        if (out == begin) return nullptr;
        while (*--out != '/') {
        }
      }
      if (next == end) *out++ = '/';
    } else {
      std::memmove(out, at, static_cast<std::size_t>(next - at));
      out += next - at;
    }
    at = next;
  }
  return out;
}

}  // namespace

std::optional<CanonicalTarget> canonical_target(std::span<char> text) {
  char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* path_end = end;
  if (is_canonical(begin, path_end)) {
    return CanonicalTarget{{begin, text.size()},
                           {begin, static_cast<std::size_t>(path_end - begin)}};
  }

  const auto* question = static_cast<const char*>(std::memchr(begin, '?', text.size()));
  path_end = question != nullptr ? question : end;
  char* out = settle_escapes(begin, path_end);
  if (out != nullptr) out = remove_dot_segments(begin, out);
  if (out == nullptr) return std::nullopt;
  const auto path_size = static_cast<std::size_t>(out - begin);
  const auto query_size = static_cast<std::size_t>(end - path_end);
  std::memmove(out, path_end, query_size);
  return CanonicalTarget{{begin, path_size + query_size}, {begin, path_size}};
}

}  // namespace crossfade::http
