#include "proxy/routing/router.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "config/base/verify.h"

namespace crossfade {
namespace {

constexpr std::uint32_t kHosts = 0;    // root of the host labels
constexpr std::uint32_t kAnyHost = 1;  // root of the paths of routes without a host

// Takes the last label off a host: "a.b.c" gives "c" and leaves "a.b".
std::string_view take_label(std::string_view& host) {
  const std::size_t dot = host.rfind('.');
  const std::string_view label = dot == host.npos ? host : host.substr(dot + 1);
  host = dot == host.npos ? std::string_view{} : host.substr(0, dot);
  return label;
}

// Takes the first segment off a path: "/a/b" gives "a" and leaves "/b"; "/" gives "" and leaves "".
std::string_view take_segment(std::string_view& path) {
  const std::size_t slash = path.find('/', 1);
  const std::string_view segment = path.substr(1, slash == path.npos ? path.npos : slash - 1);
  path = slash == path.npos ? std::string_view{} : path.substr(slash);
  return segment;
}

}  // namespace

std::size_t Router::StepHash::operator()(const StepView& step) const {
  return std::hash<std::string_view>{}(step.name) ^ (step.from * 0x9e3779b97f4a7c15ULL);
}

bool Router::Candidate::accepts(const RouteQuery& query) const {
  if (!methods.empty() && std::find(methods.begin(), methods.end(), query.method) == methods.end())
    return false;
  return std::all_of(headers.begin(), headers.end(), [&](const HeaderMatch& wanted) {
    const auto found = query.header ? query.header(query.context, wanted.name) : std::nullopt;
    return found && (!wanted.value || *found == *wanted.value);
  });
}

Router::Router(std::span<const RouteConfig> routes, std::span<const ServiceIndex> targets) {
  VERIFY(routes.size() == targets.size());
  add_node(kNoNode);  // kHosts
  add_node(kNoNode);  // kAnyHost
  for (std::size_t i = 0; i < routes.size(); ++i) add(routes[i], targets[i]);

  const auto more_specific = [](const Candidate& a, const Candidate& b) {
    const auto rank = [](const Candidate& c) {
      return std::tuple(c.methods.empty(), -static_cast<std::ptrdiff_t>(c.headers.size()), c.place);
    };
    return rank(a) < rank(b);
  };
  for (Node& node : nodes_) {
    std::sort(node.exact.begin(), node.exact.end(), more_specific);
    std::sort(node.prefix.begin(), node.prefix.end(), more_specific);
  }
}

Router::NodeIndex Router::add_node(NodeIndex parent) {
  nodes_.push_back(Node{.parent = parent});
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

Router::NodeIndex Router::child(NodeIndex from, std::string_view name) const {
  const auto step = steps_.find(StepView{from, name});
  return step == steps_.end() ? kNoNode : step->second;
}

Router::NodeIndex Router::child_or_add(NodeIndex from, std::string_view name) {
  const auto [step, added] = steps_.try_emplace(Step{from, std::string(name)}, kNoNode);
  if (added) step->second = add_node(from);
  return step->second;
}

// The root of the paths of a route's host.
Router::NodeIndex Router::add_host(const std::string& host) {
  if (host.empty()) return kAnyHost;
  const bool suffix = host.starts_with("*.");
  std::string_view labels = suffix ? std::string_view(host).substr(2) : std::string_view(host);
  NodeIndex node = kHosts;
  while (!labels.empty()) node = child_or_add(node, take_label(labels));

  const auto paths = suffix ? &Node::paths_of_suffix : &Node::paths_of_host;
  if (nodes_[node].*paths == kNoNode) {
    const NodeIndex root = add_node(kNoNode);  // first: it may move the nodes
    nodes_[node].*paths = root;
  }
  return nodes_[node].*paths;
}

void Router::add(const RouteConfig& route, ServiceIndex target) {
  NodeIndex node = add_host(route.host);
  const bool exact = route.path_kind == RouteConfig::Path::kExact;
  std::string_view path = route.path;
  // "/api/" as a prefix means the segment "api", as "/api" does.
  if (!exact && path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) node = child_or_add(node, take_segment(path));
  Candidates& candidates = exact ? nodes_[node].exact : nodes_[node].prefix;
  candidates.push_back({route.methods, route.headers, target, candidates.size()});
}

Router::ServiceIndex Router::first_accepting(const Candidates& candidates,
                                             const RouteQuery& query) {
  const auto found =
      std::find_if(candidates.begin(), candidates.end(),
                   [&](const Candidate& candidate) { return candidate.accepts(query); });
  return found == candidates.end() ? kNone : found->target;
}

// Down as far as the path leads, then back up: the first that accepts is the most specific.
Router::ServiceIndex Router::match_paths(NodeIndex root, const RouteQuery& query) const {
  NodeIndex node = root;
  std::string_view path =
      query.path.starts_with('/') ? query.path : std::string_view{};  // "*": no segments
  while (!path.empty()) {
    std::string_view rest = path;
    const NodeIndex next = child(node, take_segment(rest));
    if (next == kNoNode) break;
    node = next;
    path = rest;
  }
  if (path.empty()) {
    const ServiceIndex target = first_accepting(nodes_[node].exact, query);
    if (target != kNone) return target;
  }
  for (; node != kNoNode; node = nodes_[node].parent) {
    const ServiceIndex target = first_accepting(nodes_[node].prefix, query);
    if (target != kNone) return target;
  }
  return kNone;
}

Router::ServiceIndex Router::match(const RouteQuery& query) const {
  NodeIndex node = kHosts;
  std::string_view labels = query.host;
  while (!labels.empty()) {
    std::string_view rest = labels;
    const NodeIndex next = child(node, take_label(rest));
    if (next == kNoNode) break;
    node = next;
    labels = rest;
  }
  if (labels.empty() && nodes_[node].paths_of_host != kNoNode) {
    const ServiceIndex target = match_paths(nodes_[node].paths_of_host, query);
    if (target != kNone) return target;
  }
  // A suffix needs a label before it, so the node of the host itself does not count.
  if (labels.empty()) node = nodes_[node].parent;
  for (; node != kNoNode; node = nodes_[node].parent) {
    if (nodes_[node].paths_of_suffix == kNoNode) continue;
    const ServiceIndex target = match_paths(nodes_[node].paths_of_suffix, query);
    if (target != kNone) return target;
  }
  return match_paths(kAnyHost, query);
}

}  // namespace crossfade
