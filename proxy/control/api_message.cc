#include "proxy/control/api_message.h"

#include <algorithm>

namespace crossfade {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string_view> find(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (found == pairs.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::optional<std::string_view> ApiRequest::header(std::string_view name) const {
  return find(headers, name);
}

std::optional<std::string_view> ApiRequest::parameter(std::string_view name) const {
  return find(query, name);
}

}  // namespace crossfade
