// One match among 100 000 routes over 1 000 hosts: the path three segments deep, two header
// look-ups away.

#include <string>
#include <vector>

#include "bench/micro/bench.h"
#include "proxy/routing/router.h"

namespace crossfade {
namespace {

Router hundred_thousand_routes() {
  std::vector<RouteConfig> routes;
  std::vector<Router::ServiceIndex> targets;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    RouteConfig route;
    route.host = "host-" + std::to_string(i % 1000) + ".shop.example";
    route.path = "/api/service-" + std::to_string(i);
    routes.push_back(std::move(route));
    targets.push_back(i);
  }
  return {routes, targets};
}

bench::Cost match(const Router& router, RouteQuery query) {
  return bench::measure([&] {
    bench::keep(query);
    Router::ServiceIndex index = router.match(query);
    bench::keep(index);
  });
}

CROSSFADE_BENCH("route: host and prefix among 100 000") {
  return match(hundred_thousand_routes(), {"host-17.shop.example", "/api/service-17/x", "GET"});
}

CROSSFADE_BENCH("route: no match among 100 000") {
  return match(hundred_thousand_routes(), {"host-17.shop.example", "/other/service-17/x", "GET"});
}

CROSSFADE_BENCH("route: a single route") {
  const RouteConfig route;
  const Router::ServiceIndex target = 0;
  return match(Router{{&route, 1}, {&target, 1}},
               {"api.shop.example", "/api/v1/playlists/37i9dQZF", "GET"});
}

}  // namespace
}  // namespace crossfade
