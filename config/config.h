#pragma once

// What the operator declares: one immutable value, made by parse (config/parse.h) from YAML.
// Every duration and size has its final value here: defaults are filled in, references resolved,
// rules checked. Read by any thread, never changed; a reload makes a whole new Config or leaves the
// old one in place.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/base/address.h"
#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"

namespace crossfade {

// ---- where endpoints come from ----

struct StaticSource {
  std::vector<Address> endpoints;
  friend bool operator==(const StaticSource&, const StaticSource&) = default;
};

// A YAML or JSON file of endpoints, watched and replaced as a whole.
struct FileSource {
  std::string path;
  friend bool operator==(const FileSource&, const FileSource&) = default;
};

struct DnsSource {
  enum class Record : std::uint8_t { kAddress, kSrv };  // A and AAAA | SRV
  std::string name = {};
  Record record = Record::kAddress;
  std::uint16_t port = 0;             // for kAddress; SRV brings its own
  std::vector<Address> servers = {};  // empty: those of /etc/resolv.conf
  Duration refresh_min = 1s;          // floor under a tiny TTL
  Duration refresh_max = 5min;        // ceiling over a huge one
  friend bool operator==(const DnsSource&, const DnsSource&) = default;
};

using SourceConfig = std::variant<StaticSource, FileSource, DnsSource>;

// ---- per service ----

struct ClusterConfig {
  ClusterName name;
  std::uint32_t weight =
      0;  // relative, as in the Gateway API; holds until somebody sets shares by the API
  SourceConfig source;
  double loss_max = 0.5;  // reconcile refuses to lose more than this fraction of a set at once
};

// Where the stickiness key is taken from. kNone: a random point for each request.
struct StickinessConfig {
  enum class Key : std::uint8_t { kNone, kHeader, kCookie, kSourceAddress };
  Key key = Key::kNone;
  std::string name;  // of the header (lower case) or cookie
  // When the named header or cookie is absent: a random point, or the source address.
  bool fall_back_to_source_address = false;
};

enum class Balancing : std::uint8_t { kTwoChoices, kRoundRobin, kRandom };

struct TimeoutsConfig {
  Duration connect = 1s;
  Duration response_head = 30s;  // from request fully sent to response head
  Duration body_progress = 30s;  // between two bytes of either body
  Duration request = 0s;         // whole exchange; 0: none
  Duration tunnel_idle = 1h;     // an upgraded connection without a byte either way
};

struct RetryConfig {
  std::uint32_t attempts_max = 2;  // tries in all, the first included
  double budget = 0.2;             // retries per first attempt, over the last seconds, per worker
  bool cross_cluster = true;       // the second try may go to another cluster of the split
  std::vector<std::uint16_t> statuses =
      {};  // responses that count as retryable before a byte was passed on, e.g. 503
};

struct HealthCheckConfig {
  enum class Kind : std::uint8_t { kNone, kTcp, kHttp };
  Kind kind = Kind::kNone;
  std::string path = "/";
  std::string host = {};  // Host header; empty: the endpoint's address
  Duration interval = 2s;
  Duration timeout = 1s;
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  std::uint16_t status_min = 200;
  std::uint16_t status_max = 399;
};

struct EjectionConfig {
  std::uint32_t consecutive_failures = 5;  // 0: never eject
  Duration base_time = 5s;                 // doubles with each ejection in a row
  Duration time_max = 5min;
  double panic_threshold = 0.5;  // when fewer than this fraction is left, ejection is ignored
};

struct PoolConfig {
  std::uint32_t idle_max = 256;          // idle connections per worker and endpoint
  std::uint32_t connections_max = 4096;  // all connections per worker and endpoint
  Duration idle_time_max = 50s;          // below the usual 60 s of origins
};

struct ServiceConfig {
  ServiceName name;
  std::vector<ClusterConfig> clusters;
  StickinessConfig stickiness;
  Balancing balancing = Balancing::kTwoChoices;
  Duration slow_start = 0s;  // a new endpoint's weight grows over this time
  TimeoutsConfig timeouts;
  RetryConfig retries;
  HealthCheckConfig health_check;
  EjectionConfig ejection;
  PoolConfig pool;
  Duration slow_threshold = 1s;  // a response head later than this counts as slow for the gate
  std::uint64_t request_body_max = 0;  // bytes without framing; more are refused; 0: no limit
};

// ---- routes: the most specific wins (host, then path, then method, then headers) ----

struct HeaderMatch {
  std::string name;                  // lower case
  std::optional<std::string> value;  // exact; absent: present with any value
};

struct RouteConfig {
  enum class Path : std::uint8_t { kPrefix, kExact };
  std::string host;  // "", exact "a.example", or "*.suffix.example"; lower case, no port
  Path path_kind =
      Path::kPrefix;  // a prefix matches whole segments: /api matches /api and /api/x, not /apix
  std::string path = "/";
  std::vector<std::string> methods;  // empty: any
  std::vector<HeaderMatch> headers;
  ServiceName service;
};

// ---- the process ----

struct ListenerConfig {
  Address address;
  std::uint32_t connections_max = 100'000;  // in all workers together
  Duration head_timeout = 10s;              // from the first byte of a head to its end
  Duration idle_timeout = 60s;              // between two requests
};

struct ForwardingConfig {
  bool forwarded = false;      // RFC 7239 Forwarded beside X-Forwarded-*
  bool trust_incoming = true;  // behind a load balancer: keep its X-Forwarded-*; else replace them
  std::string via = "crossfade";  // pseudonym in Via
};

struct ControlConfig {
  Address address;    // loopback unless a token is set
  std::string token;  // bearer token from a file or the environment; empty: none. Never shown.
};

struct StateConfig {
  std::string journal;  // path of the SQLite file; "memory": nothing survives a restart
};

struct Config {
  std::string file;           // where it came from
  std::uint32_t workers = 0;  // never 0 after parse: defaults to the number of CPUs
  std::vector<ListenerConfig> listeners;
  ControlConfig control;
  StateConfig state;
  ForwardingConfig forwarding;
  std::vector<std::shared_ptr<const ServiceConfig>>
      services;  // shared: a Snapshot outlives a reload
  std::vector<RouteConfig> routes;
};

// ---- migrations: declared through the control API, validated there (proxy/migration/migration.h)
// ----

}  // namespace crossfade
