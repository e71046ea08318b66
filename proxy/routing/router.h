#pragma once

// Which service a request is for. PURE. Compiled once per set of routes; matching allocates nothing
// and costs one hash look-up per label of the host and segment of the path, however many routes
// there are.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"

namespace crossfade {

// What routing looks at. Views must live through match().
struct RouteQuery {
  std::string_view host;  // lower case, no port
  std::string_view path;  // canonical, without query
  std::string_view method;
  // The value of a header by lower-case name; nullopt when absent. Null: the request has none.
  std::optional<std::string_view> (*header)(const void* context, std::string_view name) = nullptr;
  const void* context = nullptr;
};

// Immutable; read by any thread.
class Router {
 public:
  using ServiceIndex = std::uint32_t;
  static constexpr ServiceIndex kNone = UINT32_MAX;

  // targets[i] is the service index of routes[i]. Requires: as many targets as routes.
  Router(std::span<const RouteConfig> routes, std::span<const ServiceIndex> targets);

  // The most specific match: host (exact, longest suffix, any), then path (exact, longest prefix),
  // then with a method, then with more headers, then the first in the configuration; kNone when
  // nothing matches. A prefix matches whole segments; "*.suffix" matches one label or more before
  // the suffix, never the suffix itself.
  ServiceIndex match(const RouteQuery& query) const;

 private:
  using NodeIndex = std::uint32_t;
  static constexpr NodeIndex kNoNode = UINT32_MAX;

  // One route once host and path agree.
  struct Candidate {
    std::vector<std::string> methods;
    std::vector<HeaderMatch> headers;
    ServiceIndex target;
    std::size_t place;  // in the configuration, among those of one host and path
    bool accepts(const RouteQuery& query) const;
  };
  using Candidates = std::vector<Candidate>;  // most specific first

  // A place in the tree of names: host labels from the right, and from there path segments from the
  // left.
  struct Node {
    NodeIndex parent = kNoNode;
    NodeIndex paths_of_host = kNoNode;    // host nodes: root of the paths of exactly this host
    NodeIndex paths_of_suffix = kNoNode;  // host nodes: root of the paths of every host below
    Candidates exact = {};                // path nodes
    Candidates prefix = {};
  };

  struct Step {
    NodeIndex from;
    std::string name;
  };
  struct StepView {
    NodeIndex from;
    std::string_view name;
  };
  struct StepHash {
    using is_transparent = void;
    std::size_t operator()(const StepView& step) const;
    std::size_t operator()(const Step& step) const {
      return (*this)(StepView{step.from, step.name});
    }
  };
  struct StepEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.from == b.from && std::string_view(a.name) == std::string_view(b.name);
    }
  };

  NodeIndex add_node(NodeIndex parent);
  NodeIndex child(NodeIndex from, std::string_view name) const;
  NodeIndex child_or_add(NodeIndex from, std::string_view name);
  NodeIndex add_host(const std::string& host);
  void add(const RouteConfig& route, ServiceIndex target);
  ServiceIndex match_paths(NodeIndex root, const RouteQuery& query) const;
  static ServiceIndex first_accepting(const Candidates& candidates, const RouteQuery& query);

  std::vector<Node> nodes_;
  std::unordered_map<Step, NodeIndex, StepHash, StepEqual> steps_;
};

}  // namespace crossfade
