#pragma once

// Which service a request is for. PURE. Compiled once per set of routes; matching allocates nothing.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "config/config.h"

namespace crossfade {

// What routing looks at. Views must live through match().
struct RouteQuery {
  std::string_view host;    // lower case, no port
  std::string_view path;    // canonical, without query
  std::string_view method;
  // The value of a header by lower-case name; nullopt when absent.
  std::optional<std::string_view> (*header)(const void* context, std::string_view name) = nullptr;
  const void* context = nullptr;
};

class Router {
 public:
  using ServiceIndex = std::uint32_t;
  static constexpr ServiceIndex kNone = UINT32_MAX;

  // targets[i] is the service index of routes[i]. Requires: as many targets as routes.
  static std::shared_ptr<const Router> compile(std::span<const RouteConfig> routes,
                                               std::span<const ServiceIndex> targets);
  virtual ~Router() = default;

  // The most specific match: host (exact, longest suffix, any), then path (exact, longest prefix), then with a
  // method, then with more headers; kNone when nothing matches.
  ServiceIndex match(const RouteQuery& query) const;
};

}  // namespace crossfade
