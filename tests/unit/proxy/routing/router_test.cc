#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "proxy/routing/router.h"

using namespace crossfade;

namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

// Routes in order; the service index is the place in the list.
struct Table {
  std::vector<RouteConfig> routes;

  Table& add(std::string host, std::string path,
             RouteConfig::Path kind = RouteConfig::Path::kPrefix,
             std::vector<std::string> methods = {}, std::vector<HeaderMatch> headers = {}) {
    RouteConfig route;
    route.host = std::move(host);
    route.path = std::move(path);
    route.path_kind = kind;
    route.methods = std::move(methods);
    route.headers = std::move(headers);
    routes.push_back(std::move(route));
    return *this;
  }

  Router compile() const {
    std::vector<Router::ServiceIndex> targets;
    for (std::size_t i = 0; i < routes.size(); ++i)
      targets.push_back(static_cast<Router::ServiceIndex>(i));
    return Router{routes, targets};
  }
};

Router::ServiceIndex match(const Router& router, std::string_view host, std::string_view path,
                           std::string_view method = "GET", const Headers& headers = {}) {
  RouteQuery query{host, path, method};
  query.header = [](const void* context, std::string_view name) -> std::optional<std::string_view> {
    const auto& all = *static_cast<const Headers*>(context);
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  };
  query.context = &headers;
  return router.match(query);
}

constexpr auto kExact = RouteConfig::Path::kExact;
constexpr auto kPrefix = RouteConfig::Path::kPrefix;

}  // namespace

TEST_CASE("no route, no service") {
  CHECK(match(Table{}.compile(), "a.example", "/") == Router::kNone);
  CHECK(match(Table{}.add("a.example", "/").compile(), "b.example", "/") == Router::kNone);
  CHECK(match(Table{}.add("", "/api").compile(), "a.example", "/") == Router::kNone);
}

TEST_CASE(
    "the exact host wins over a suffix, the longer suffix over the shorter, any suffix over no "
    "host") {
  const Router router = Table{}
                            .add("", "/")
                            .add("*.example", "/")
                            .add("*.b.example", "/")
                            .add("a.b.example", "/")
                            .compile();

  CHECK(match(router, "other", "/") == 0);
  CHECK(match(router, "", "/") == 0);
  CHECK(match(router, "x.example", "/") == 1);
  CHECK(match(router, "x.b.example", "/") == 2);
  CHECK(match(router, "x.y.b.example", "/") == 2);
  CHECK(match(router, "a.b.example", "/") == 3);
}

TEST_CASE("a suffix matches one label or more before it, never itself") {
  const Router router = Table{}.add("*.b.example", "/").compile();

  CHECK(match(router, "b.example", "/") == Router::kNone);
  CHECK(match(router, "xb.example", "/") == Router::kNone);
  CHECK(match(router, "x.b.example", "/") == 0);
}

TEST_CASE("a prefix matches whole segments and the longest wins") {
  const Router router = Table{}.add("", "/").add("", "/api").add("", "/api/v1/").compile();

  CHECK(match(router, "a", "/") == 0);
  CHECK(match(router, "a", "/apix") == 0);
  CHECK(match(router, "a", "/api") == 1);
  CHECK(match(router, "a", "/api/") == 1);
  CHECK(match(router, "a", "/api/v2") == 1);
  CHECK(match(router, "a", "/api/v1") == 2);
  CHECK(match(router, "a", "/api/v1/x/y") == 2);
}

TEST_CASE("an exact path wins over the prefix at the same place and matches nothing below") {
  const Router router =
      Table{}.add("", "/api").add("", "/api", kExact).add("", "/", kExact).compile();

  CHECK(match(router, "a", "/api") == 1);
  CHECK(match(router, "a", "/api/") == 0);
  CHECK(match(router, "a", "/api/x") == 0);
  CHECK(match(router, "a", "/") == 2);
}

TEST_CASE(
    "at one path a method wins over more headers, more headers over fewer, then the first in the "
    "file") {
  const HeaderMatch canary{"x-canary", "1"};
  const HeaderMatch any{"x-any", std::nullopt};
  const Router router = Table{}
                            .add("", "/")
                            .add("", "/", kPrefix, {}, {canary})
                            .add("", "/", kPrefix, {}, {canary, any})
                            .add("", "/", kPrefix, {"POST", "PUT"})
                            .add("", "/", kPrefix, {}, {any})
                            .compile();

  CHECK(match(router, "a", "/") == 0);
  CHECK(match(router, "a", "/", "GET", {{"x-canary", "1"}}) == 1);
  CHECK(match(router, "a", "/", "GET", {{"x-canary", "2"}}) == 0);
  CHECK(match(router, "a", "/", "GET", {{"x-canary", "1"}, {"x-any", ""}}) == 2);
  CHECK(match(router, "a", "/", "PUT", {{"x-canary", "1"}, {"x-any", "y"}}) == 3);
  CHECK(match(router, "a", "/", "GET", {{"x-any", "y"}}) == 4);
}

TEST_CASE("where the most specific place accepts nothing, the next one is asked") {
  const Router router = Table{}
                            .add("", "/")
                            .add("*.example", "/api")
                            .add("a.example", "/api/v1", kPrefix, {"POST"})
                            .add("a.example", "/only", kExact, {"POST"})
                            .compile();

  CHECK(match(router, "a.example", "/api/v1", "POST") == 2);
  CHECK(match(router, "a.example", "/api/v1") == 1);  // another method: the suffix's route
  CHECK(match(router, "a.example", "/only") == 0);    // neither: the route without host
}

TEST_CASE("the target of OPTIONS * matches a route for every path") {
  CHECK(match(Table{}.add("", "/").compile(), "a", "*", "OPTIONS") == 0);
  CHECK(match(Table{}.add("", "/api").compile(), "a", "*", "OPTIONS") == Router::kNone);
}

TEST_CASE("a hundred thousand routes each find their own") {
  Table table;
  for (int i = 0; i < 100'000; ++i) {
    table.add("host-" + std::to_string(i % 1000) + ".example", "/service/" + std::to_string(i));
  }
  const Router router = table.compile();

  for (int i = 0; i < 100'000; i += 37) {
    const std::string host = "host-" + std::to_string(i % 1000) + ".example";
    REQUIRE(match(router, host, "/service/" + std::to_string(i) + "/x") ==
            static_cast<unsigned>(i));
  }
}

TEST_CASE("hostile hosts and paths of full size match nothing surprising") {
  const Router router = Table{}.add("*.example", "/api").compile();

  CHECK(match(router, std::string(16'000, '.'), std::string(16'000, '/')) == Router::kNone);
  const std::string host = std::string(16'000, '.').append("example");
  const std::string path = std::string("/api").append(16'000, '/');
  CHECK(match(router, host, path) == 0);
}
