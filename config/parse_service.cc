// Services: their clusters, and the settings that `defaults` and each service share.

#include <memory>

#include "config/limits.h"
#include "config/parse_parts.h"
#include "config/quantity.h"
#include "config/values.h"

namespace crossfade {
namespace {

constexpr std::size_t kStatusesMax = 32;

// ---- settings ----

void read_stickiness(const Field& field, StickinessConfig& stickiness) {
  using Key = StickinessConfig::Key;
  stickiness = {};
  if (field.node.text == "none") return;
  if (field.node.text == "source_address") {
    stickiness.key = Key::kSourceAddress;
    return;
  }
  if (!field.is_map()) {
    return field.expected("none, source_address, {header: NAME} or {cookie: NAME}");
  }
  Section section{field};
  const auto header = section.find("header");
  const auto cookie = section.find("cookie");
  if (const auto fall_back = section.find("fall_back")) {
    stickiness.fall_back_to_source_address = fall_back->node.text == "source_address";
    if (fall_back->node.text != "source_address" && fall_back->node.text != "none") {
      fall_back->expected("source_address or none");
    }
  }
  if (header.has_value() == cookie.has_value()) {
    return field.wrong("expected one of header and cookie");
  }
  stickiness.key = header ? Key::kHeader : Key::kCookie;
  stickiness.name = (header ? read_field_name(*header) : read_token(*cookie)).value_or("");
}

std::optional<Balancing> read_balancing(const Field& field) {
  if (field.node.text == "two_choices") return Balancing::kTwoChoices;
  if (field.node.text == "round_robin") return Balancing::kRoundRobin;
  if (field.node.text == "random") return Balancing::kRandom;
  field.expected("two_choices, round_robin or random");
  return {};
}

void read_timeouts(const Field& field, TimeoutsConfig& timeouts) {
  Section section{field};
  section.read("connect", timeouts.connect, Time{});
  section.read("response_head", timeouts.response_head, Time{});
  section.read("body_progress", timeouts.body_progress, Time{});
  section.read("request", timeouts.request, Time{.zero = "no limit"});
  section.read("tunnel_idle", timeouts.tunnel_idle, Time{});
}

void read_retries(const Field& field, RetryConfig& retries) {
  Section section{field};
  section.read("attempts_max", retries.attempts_max, Count{1, limits::kAttemptsMax});
  section.read("budget", retries.budget, read_fraction);
  section.read("cross_cluster", retries.cross_cluster, read_truth);
  if (const auto statuses = section.find("statuses")) {
    retries.statuses.clear();
    for (const Field& status : elements(*statuses, kStatusesMax, "statuses")) {
      const auto number = Count{400, 599}(status);
      if (number) retries.statuses.push_back(static_cast<std::uint16_t>(*number));
    }
  }
}

// "200-399" or "204".
void read_status_range(const Field& field, HealthCheckConfig& check) {
  const std::string& text = field.node.text;
  const auto dash = text.find('-');
  const auto low = parse_count(text.substr(0, dash));
  const auto high = dash == std::string::npos ? low : parse_count(text.substr(dash + 1));
  if (!low || !high || *low < 100 || *high > 599 || *low > *high) {
    return field.expected("a range of statuses, like 200-399");
  }
  check.status_min = static_cast<std::uint16_t>(*low);
  check.status_max = static_cast<std::uint16_t>(*high);
}

std::optional<std::string> read_request_path(const Field& field) {
  const auto path = read_text(field);
  if (path && path->front() == '/' && path->find_first_of(" #") == std::string::npos) return path;
  if (path) field.expected("a path that begins with /");
  return {};
}

void read_health_check(const Field& field, HealthCheckConfig& check) {
  using Kind = HealthCheckConfig::Kind;
  if (field.node.text == "none") {
    check.kind = Kind::kNone;
    return;
  }
  Section section{field};
  const auto http = section.find("http");
  const auto tcp = section.find("tcp");
  if (http && tcp) field.wrong("expected one of http and tcp");
  if (http) {
    check.kind = Kind::kHttp;
    Section settings{*http};
    settings.read("path", check.path, read_request_path);
    settings.read("host", check.host, read_text);
    if (const auto statuses = settings.find("statuses")) read_status_range(*statuses, check);
  } else if (tcp) {
    check.kind = Kind::kTcp;
    Section settings{*tcp};  // has no keys
  }
  section.read("interval", check.interval, Time{});
  section.read("timeout", check.timeout, Time{});
  section.read("rise", check.rise, Count{1, limits::kThresholdMax});
  section.read("fall", check.fall, Count{1, limits::kThresholdMax});
}

void read_ejection(const Field& field, EjectionConfig& ejection) {
  Section section{field};
  section.read("consecutive_failures", ejection.consecutive_failures,
               Count{0, limits::kThresholdMax});
  section.read("base_time", ejection.base_time, Time{});
  section.read("time_max", ejection.time_max, Time{});
  section.read("panic_threshold", ejection.panic_threshold, read_fraction);
}

void read_pool(const Field& field, PoolConfig& pool) {
  Section section{field};
  section.read("idle_max", pool.idle_max, Count{0, limits::kConnectionsMax});
  section.read("connections_max", pool.connections_max, Count{1, limits::kConnectionsMax});
  section.read("idle_time_max", pool.idle_time_max, Time{});
}

// Everything that `defaults` may set for all services.
void read_settings(Section& section, ServiceConfig& service) {
  if (const auto field = section.find("stickiness")) read_stickiness(*field, service.stickiness);
  section.read("balancing", service.balancing, read_balancing);
  section.read("slow_start", service.slow_start, Time{.zero = "none"});
  section.read("slow_threshold", service.slow_threshold, Time{});
  section.read("request_body_max", service.request_body_max, read_size);
  if (const auto field = section.find("timeouts")) read_timeouts(*field, service.timeouts);
  if (const auto field = section.find("retries")) read_retries(*field, service.retries);
  if (const auto field = section.find("health_check")) {
    read_health_check(*field, service.health_check);
  }
  if (const auto field = section.find("ejection")) read_ejection(*field, service.ejection);
  if (const auto field = section.find("pool")) read_pool(*field, service.pool);
}

// ---- clusters and services ----

template <class Name>
std::optional<Name> read_name(const NamedField& field) {
  const auto name = Name::parse(field.name());
  if (name) return *name;
  field.wrong_name(name.error().message);
  return {};
}

void read_cluster(const Field& field, const ParseContext& context, ClusterConfig& cluster) {
  Section section{field};
  section.read("weight", cluster.weight, Count{0, limits::kWeightMax});
  section.read("loss_max", cluster.loss_max, read_fraction);
  if (const auto source =
          section.required("source", "where the endpoints come from: static, file or dns")) {
    read_source(*source, context, cluster.source);
  }
}

void read_clusters(const Field& field, const ParseContext& context,
                   std::vector<ClusterConfig>& clusters) {
  for (const NamedField& named :
       named_fields(field, limits::kClustersPerServiceMax, "clusters by name")) {
    ClusterConfig cluster;
    if (const auto name = read_name<ClusterName>(named)) cluster.name = *name;
    read_cluster(named.value, context, cluster);
    if (!cluster.name.empty()) clusters.push_back(std::move(cluster));
  }
}

}  // namespace

void read_services(Section& root, const ParseContext& context, Config& config) {
  ServiceConfig defaults;
  if (const auto field = root.find("defaults")) {
    Section section{*field};
    read_settings(section, defaults);
  }
  const auto services = root.find("services");
  if (!services) return;
  for (const NamedField& named :
       named_fields(*services, limits::kServicesMax, "services by name")) {
    auto service = std::make_shared<ServiceConfig>(defaults);
    if (const auto name = read_name<ServiceName>(named)) service->name = *name;
    Section section{named.value};
    if (const auto clusters = section.required("clusters", "at least one cluster")) {
      read_clusters(*clusters, context, service->clusters);
    }
    read_settings(section, *service);
    if (!service->name.empty()) config.services.push_back(std::move(service));
  }
}

}  // namespace crossfade
