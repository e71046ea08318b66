// Routes: which requests go to which service.

#include <algorithm>
#include <cctype>

#include "config/limits.h"
#include "config/parse_parts.h"
#include "config/values.h"

namespace crossfade {
namespace {

// "a.example", "*.a.example", "10.0.0.1" or "[::1]", made lower case.
std::optional<std::string> read_host(const Field& field) {
  std::string host = field.node.text;
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const std::string_view rest = std::string_view(host).substr(host.starts_with("*.") ? 2 : 0);
  const auto is_allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  const bool is_dns_name = !rest.empty() && rest.size() <= 253 && rest.front() != '.' &&
                           rest.back() != '.' && rest.find("..") == std::string_view::npos &&
                           std::all_of(rest.begin(), rest.end(), is_allowed);
  const bool is_v6 = host.starts_with('[') && Address::parse(host + ":0").has_value();
  if (is_dns_name || is_v6) return host;
  field.expected("a host without a port, like www.example.com or *.example.com");
  return {};
}

// Requests are routed by their canonical path, so only a canonical path can ever match.
bool is_canonical(std::string_view path) {
  if (!path.starts_with('/') || path.find_first_of("?# \\") != std::string_view::npos) return false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    const bool is_last = end == path.size();
    if (segment == "." || segment == ".." || (segment.empty() && !is_last)) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<std::string> read_path(const Field& field) {
  const auto path = read_text(field);
  if (path && is_canonical(*path)) return path;
  if (path) field.expected("a path like /api/v1: no query, no empty, . or .. segments");
  return {};
}

void read_headers(const Field& field, RouteConfig& route) {
  for (const NamedField& named :
       named_fields(field, limits::kMatchesPerRouteMax, "header names and values")) {
    const YamlNode name{
        YamlNode::Kind::kScalar, named.entry.line, named.entry.column, named.name(), {}, {}};
    HeaderMatch match;
    match.name = read_field_name({name, named.value.path, named.value.problems}).value_or("");
    const auto kind = named.value.node.kind;
    if (kind == YamlNode::Kind::kScalar) {
      match.value = named.value.node.text;
    } else if (kind != YamlNode::Kind::kNull) {
      named.value.expected("the value of the header, or null for any");
    }
    route.headers.push_back(std::move(match));
  }
}

void read_match(const Field& field, RouteConfig& route) {
  Section section{field};
  section.read("host", route.host, read_host);
  const auto exact = section.find("path");
  const auto prefix = section.find("path_prefix");
  if (exact && prefix) field.wrong("expected one of path and path_prefix");
  if (exact) route.path_kind = RouteConfig::Path::kExact;
  if (exact || prefix) route.path = read_path(exact ? *exact : *prefix).value_or("/");
  if (const auto methods = section.find("methods")) {
    for (const Field& method : elements(*methods, limits::kMatchesPerRouteMax, "methods")) {
      route.methods.push_back(read_token(method).value_or(""));
    }
  }
  if (const auto headers = section.find("headers")) read_headers(*headers, route);
}

}  // namespace

void read_routes(Section& root, Config& config) {
  const auto routes = root.find("routes");
  if (!routes) return;
  for (const Field& field : elements(*routes, limits::kRoutesMax, "routes")) {
    RouteConfig& route = config.routes.emplace_back();
    Section section{field};
    if (const auto match = section.find("match")) read_match(*match, route);
    const auto service =
        section.required("service", "the name of the service these requests go to");
    if (!service) continue;
    const auto name = ServiceName::parse(service->node.text);
    if (name) {
      route.service = *name;
    } else {
      service->expected("the name of a service");
    }
  }
}

}  // namespace crossfade
