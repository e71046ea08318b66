#include <algorithm>
#include <charconv>
#include <map>

#include <boost/json.hpp>

#include "config/base/log.h"
#include "proxy/control/api.h"
#include "proxy/control/json_fields.h"
#include "proxy/control/migration_json.h"
#include "proxy/control/problem.h"

namespace crossfade {
namespace json = boost::json;

namespace {

json::value optional_json(const std::optional<Share>& share) {
  return share ? json::value(share->ppm()) : json::value(nullptr);
}

std::string etag_of(std::uint64_t revision) {
  return '"' + std::to_string(revision) + '"';
}

json::object weights_json(const ServiceView& service) {
  json::object weights;
  for (const ClusterView& cluster : service.clusters)
    weights[cluster.cluster.str()] = cluster.desired.ppm();
  return {{"service", service.service.str()},
          {"weights", std::move(weights)},
          {"revision", service.revision}};
}

// {"weights":{"old":95,"new":5}}, every mistake by its pointer.
Controller::Weights read_weights(const json::value& body, const ServiceView& service,
                                 std::vector<FieldError>& errors) {
  JsonFields fields(body, "", errors);
  Controller::Weights weights;
  fields.text("reason");
  if (const json::value* written = fields.value("weights", JsonFields::Need::kRequired)) {
    JsonFields clusters(*written, "/weights", errors);
    std::uint64_t sum = 0;
    for (const ClusterView& cluster : service.clusters) {
      const std::uint64_t weight = clusters.count(cluster.cluster.str()).value_or(0);
      if (weight > Share::kWhole)
        clusters.expected(cluster.cluster.str(), "expected 0 to 1000000");
      else
        weights[cluster.cluster] = static_cast<std::uint32_t>(weight);
      sum += weight;
    }
    const std::size_t mistakes = errors.size();
    clusters.finish();
    if (sum == 0 && errors.size() == mistakes) {
      errors.push_back({"/weights", "expected at least one weight above zero"});
    }
  }
  fields.finish();
  return weights;
}

// "18" as in ETag; nullopt: anything goes. False: not readable.
bool read_if_match(const ApiRequest& request, std::optional<std::uint64_t>& revision) {
  auto text = request.header("if-match").value_or("*");
  if (text == "*") return true;
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  revision = number;
  return failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

// Answers 404 itself when there is none.
std::optional<ServiceView> Api::find_service(const Call& call) {
  const auto name = ServiceName::parse(call.names.front());
  auto service = name ? doors_.controller.service(*name) : std::nullopt;
  if (!service) call.reply(problem(404, "no such service", "GET /v1/services lists them"));
  return service;
}

json::object Api::cluster_json(const ServiceName& service, const ClusterView& cluster) const {
  json::object written = {
      {"cluster", cluster.cluster.str()},         {"desired_ppm", cluster.desired.ppm()},
      {"effective_ppm", cluster.effective.ppm()}, {"measured_ppm", optional_json(cluster.measured)},
      {"endpoints", cluster.endpoints},           {"healthy", cluster.healthy}};
  if (const CatalogEntry* entry = doors_.catalog.find(service, cluster.cluster)) {
    const Duration staleness = entry->staleness(doors_.clock.now());
    written["source"] = {
        {"from", entry->source},
        {"freshness", to_string(entry->freshness)},
        {"reason", entry->reason},
        {"stale_for", to_text(std::chrono::floor<std::chrono::milliseconds>(staleness))},
        {"refused_endpoints", entry->refused_size}};
  }
  return written;
}

json::object Api::service_json(const ServiceView& service) const {
  json::array clusters;
  for (const ClusterView& cluster : service.clusters)
    clusters.push_back(cluster_json(service.service, cluster));
  json::object written = {{"service", service.service.str()},
                          {"revision", service.revision},
                          {"clusters", std::move(clusters)}};
  written["migration"] =
      service.migration ? json::value(service.migration->str()) : json::value(nullptr);
  return written;
}

void Api::list_services(Call call) {
  json::array services;
  for (const ServiceView& service :
       doors_.controller.services(call.request.parameter("q").value_or(""))) {
    services.push_back(service_json(service));
  }
  call.reply(json_answer(json::object{{"services", std::move(services)}}));
}

void Api::show_service(Call call) {
  if (const auto service = find_service(call)) call.reply(json_answer(service_json(*service)));
}

void Api::list_endpoints(Call call) {
  const auto service = find_service(call);
  if (!service) return;
  json::array endpoints;
  for (const EndpointView& endpoint : doors_.controller.endpoints(service->service)) {
    json::object labels;
    for (const auto& [key, value] : endpoint.labels) labels[key] = value;
    endpoints.push_back(json::object{
        {"cluster", endpoint.cluster.str()},
        {"address", endpoint.address.str()},
        {"weight", endpoint.weight},
        {"labels", std::move(labels)},
        {"ready", endpoint.ready},
        {"check_passed", endpoint.probe_ok ? json::value(*endpoint.probe_ok) : nullptr},
        {"ejected_by_workers", endpoint.ejected_by},
        {"in_use", endpoint.in_use}});
  }
  call.reply(json_answer(json::object{{"endpoints", std::move(endpoints)}}));
}

void Api::show_weights(Call call) {
  const auto service = find_service(call);
  if (!service) return;
  ApiResponse answer = json_answer(weights_json(*service));
  answer.headers.emplace_back("ETag", etag_of(service->revision));
  call.reply(std::move(answer));
}

void Api::set_weights(Call call) {
  const auto service = find_service(call);
  if (!service) return;
  std::optional<std::uint64_t> revision;
  if (!read_if_match(call.request, revision)) {
    return call.reply(problem(400, "If-Match is not an ETag of these weights",
                              "expected something like \"18\" or *"));
  }
  if (revision && *revision != service->revision) {
    ApiResponse refused =
        problem(412, "the weights have changed since", "GET them again and decide anew");
    refused.headers.emplace_back("ETag", etag_of(service->revision));
    return call.reply(std::move(refused));
  }
  std::vector<FieldError> errors;
  const Controller::Weights weights = read_weights(call.body, *service, errors);
  if (!errors.empty()) return call.reply(problem(422, "these weights cannot be set", "", errors));
  const Because because = call.because;
  doors_.controller.set_weights(service->service, weights, revision, because,
                                finish_with(std::move(call)));
}

void Api::list_clusters(Call call) {
  struct Sum {
    std::uint64_t services = 0, endpoints = 0, healthy = 0;
  };
  std::map<ClusterName, Sum> sums;
  for (const ServiceView& service : doors_.controller.services()) {
    for (const ClusterView& cluster : service.clusters) {
      Sum& sum = sums[cluster.cluster];
      ++sum.services;
      sum.endpoints += cluster.endpoints;
      sum.healthy += cluster.healthy;
    }
  }
  json::array clusters;
  for (const auto& [name, sum] : sums) {
    clusters.push_back(json::object{{"cluster", name.str()},
                                    {"services", sum.services},
                                    {"endpoints", sum.endpoints},
                                    {"healthy", sum.healthy}});
  }
  call.reply(json_answer(json::object{{"clusters", std::move(clusters)}}));
}

void Api::show_cluster(Call call) {
  json::array services;
  for (const ServiceView& service : doors_.controller.services()) {
    for (const ClusterView& cluster : service.clusters) {
      if (cluster.cluster.str() != call.names.front()) continue;
      json::object written = cluster_json(service.service, cluster);
      written["service"] = service.service.str();
      services.push_back(std::move(written));
    }
  }
  if (services.empty())
    return call.reply(problem(404, "no such cluster", "GET /v1/clusters lists them"));
  call.reply(json_answer(
      json::object{{"cluster", call.names.front()}, {"services", std::move(services)}}));
}

void Api::accept_endpoints(Call call) {
  const auto service = ServiceName::parse(call.request.parameter("service").value_or(""));
  const auto cluster = ClusterName::parse(call.names.front());
  if (!service) {
    return call.reply(
        problem(422, "which service is meant?", "expected ?service=<name> after the path"));
  }
  if (!cluster) return call.reply(problem(404, "no such cluster", "GET /v1/clusters lists them"));
  const Result<void> accepted = doors_.catalog.accept(*service, *cluster);
  if (!accepted) return call.reply(problem(accepted.error()));
  log::info("control", "an operator accepted a refused endpoint set",
            {{"service", service->str()},
             {"cluster", cluster->str()},
             {"who", call.because.who},
             {"why", call.because.why},
             {"from", call.because.from}});
  call.reply(json_answer(
      json::object{{"service", service->str()}, {"cluster", cluster->str()}, {"accepted", true}}));
}

}  // namespace crossfade
