#include "proxy/http/cookie.h"

#include "proxy/http/token_list.h"

namespace crossfade::http {
namespace {

std::optional<std::string_view> find_pair(std::string_view pairs, std::string_view name) {
  while (!pairs.empty()) {
    const std::size_t end = pairs.find(';');
    const std::string_view pair = trim_blanks(pairs.substr(0, end));
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
      return pair.substr(name.size() + 1);
    }
    if (end == std::string_view::npos) break;
    pairs.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_cookie(const Headers& headers, std::string_view name) {
  if (!headers.has(HeaderId::kCookie)) return std::nullopt;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kCookie) continue;
    if (const auto value = find_pair(header.value, name)) return value;
  }
  return std::nullopt;
}

}  // namespace crossfade::http
