#include "config/validate.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "config/nearest.h"
#include "config/quote.h"

namespace crossfade {
namespace {

using Violations = std::vector<Violation>;

const KeyPath kRoot;

bool is_any_host(const Address& address) {
  return address.with_port(0) == Address::from_v4(0, 0) ||
         address.with_port(0) == Address::from_v6(in6addr_any, 0);
}

// Whether both cannot be listened on at once. Port 0 asks for any free one.
bool collide(const Address& a, const Address& b) {
  if (a.port() != b.port() || a.port() == 0 || a.is_v6() != b.is_v6()) return false;
  return a == b || is_any_host(a) || is_any_host(b);
}

void check_listeners(const Config& config, Violations& found) {
  const auto& listeners = config.listeners;
  if (listeners.empty()) found.push_back({kRoot / "listeners", "expected at least one listener"});
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const KeyPath path = kRoot / "listeners" / i / "address";
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (!collide(listeners[i].address, listeners[earlier].address)) continue;
      found.push_back(
          {path, "expected another address than that of " + (kRoot / "listeners" / earlier).str()});
      break;
    }
    if (collide(listeners[i].address, config.control.address)) {
      found.push_back({path, "expected another address than that of control"});
    }
  }
}

void check_control(const Config& config, Violations& found) {
  const ControlConfig& control = config.control;
  if (!control.token.empty() || control.address.is_loopback()) return;
  found.push_back(
      {kRoot / "control" / "address",
       "expected a loopback address, or control.token beside it: this API moves live traffic"});
}

void check_state(const Config& config, Violations& found) {
  if (!config.state.journal.empty()) return;
  found.push_back(
      {kRoot / "state" / "journal",
       "expected a path or memory: none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set"});
}

void check_endpoints(const StaticSource& source, const KeyPath& path, Violations& found) {
  std::unordered_map<Address, std::size_t> seen;
  for (std::size_t i = 0; i < source.endpoints.size(); ++i) {
    const auto [earlier, is_new] = seen.emplace(source.endpoints[i], i);
    if (is_new) continue;
    found.push_back({path / i, "expected each endpoint once, this is static[" +
                                   std::to_string(earlier->second) + "]"});
  }
}

void check_cluster(const ClusterConfig& cluster, const KeyPath& path, Violations& found) {
  const KeyPath source = path / "source";
  if (const auto* listed = std::get_if<StaticSource>(&cluster.source)) {
    check_endpoints(*listed, source / "static", found);
  }
  const auto* dns = std::get_if<DnsSource>(&cluster.source);
  if (dns != nullptr && dns->refresh_min > dns->refresh_max) {
    found.push_back({source / "dns" / "refresh_min", "expected at most refresh_max"});
  }
}

void check_service(const ServiceConfig& service, Violations& found) {
  const KeyPath path = kRoot / "services" / service.name.str();
  const auto has_weight = [](const ClusterConfig& cluster) { return cluster.weight > 0; };
  if (std::none_of(service.clusters.begin(), service.clusters.end(), has_weight)) {
    found.push_back({path / "clusters", "expected at least one cluster with a weight above 0"});
  }
  for (const ClusterConfig& cluster : service.clusters) {
    check_cluster(cluster, path / "clusters" / cluster.name.str(), found);
  }
  if (service.ejection.base_time > service.ejection.time_max) {
    found.push_back({path / "ejection" / "base_time", "expected at most time_max"});
  }
}

// The same text for two routes that match the same requests.
std::string match_of(const RouteConfig& route) {
  const auto part = [](std::string_view text) {
    return std::to_string(text.size()) + ':' + std::string(text);
  };
  std::vector<std::string> methods = route.methods;
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::vector<std::string> headers;
  for (const HeaderMatch& header : route.headers) {
    headers.push_back(part(header.name) + (header.value ? "=" + part(*header.value) : "*"));
  }
  std::sort(headers.begin(), headers.end());
  headers.erase(std::unique(headers.begin(), headers.end()), headers.end());
  std::string match = part(route.host) +
                      (route.path_kind == RouteConfig::Path::kExact ? "=" : "^") + part(route.path);
  for (const std::string& method : methods) match += 'm' + part(method);
  for (const std::string& header : headers) match += 'h' + header;
  return match;
}

void check_routes(const Config& config, Violations& found) {
  std::vector<std::string_view> names;
  for (const auto& service : config.services) names.push_back(service->name.str());
  const std::unordered_set<std::string_view> known(names.begin(), names.end());
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const RouteConfig& route = config.routes[i];
    const KeyPath path = kRoot / "routes" / i;
    if (!known.contains(route.service.str())) {
      const std::string_view meant = nearest(route.service.str(), names);
      std::string message = "expected the name of a service, found " + quote(route.service.str());
      if (!meant.empty()) message += ", did you mean " + quote(meant) + "?";
      found.push_back({path / "service", std::move(message)});
    }
    const auto [earlier, is_new] = seen.emplace(match_of(route), i);
    if (!is_new) {
      found.push_back({path / "match", "expected another match than that of " +
                                           (kRoot / "routes" / earlier->second).str() +
                                           ", which takes all of it"});
    }
  }
}

}  // namespace

std::vector<Violation> validate(const Config& config) {
  Violations found;
  check_listeners(config, found);
  check_control(config, found);
  check_state(config, found);
  for (const auto& service : config.services) check_service(*service, found);
  check_routes(config, found);
  return found;
}

}  // namespace crossfade
