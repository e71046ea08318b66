#include "proxy/worker/stickiness.h"

#include "proxy/http/cookie.h"

namespace crossfade {
namespace {

std::optional<std::string_view> named_key(const StickinessConfig& config,
                                          const http::RequestHead& request) {
  if (config.key == StickinessConfig::Key::kCookie)
    return http::find_cookie(request.headers, config.name);
  const http::Header* header = request.headers.find(std::string_view{config.name});
  if (header == nullptr) return std::nullopt;
  return header->value;
}

}  // namespace

std::optional<std::string_view> stickiness_key(const StickinessConfig& config,
                                               const http::RequestHead& request,
                                               std::string_view client_address) {
  if (config.key == StickinessConfig::Key::kNone) return std::nullopt;
  if (config.key == StickinessConfig::Key::kSourceAddress) return client_address;
  const std::optional<std::string_view> key = named_key(config, request);
  if (key && !key->empty()) return key;
  if (config.fall_back_to_source_address) return client_address;
  return std::nullopt;
}

}  // namespace crossfade
