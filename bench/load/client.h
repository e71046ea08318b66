#pragma once

#include <cstdint>
#include <string>

namespace crossfade::bench {

struct ClientPlan {
  std::uint16_t port = 0;
  std::size_t connections = 64;
  std::size_t response_bytes = 1024;  // GET /N
  std::size_t upload_bytes = 0;       // POST with so many bytes instead
  bool connection_per_request = false;
  double warm_up_s = 0.5;
  double measured_s = 1.5;
  std::size_t idle = 0;  // only open so many connections, send one request on each, and hold them
};

// A closed loop: each connection sends its next request when the answer is complete. Prints one
// line of JSON:
// {"requests":..,"seconds":..,"failed":..,"bytes":..,"p50_us":..,"p99_us":..}; "ready" before and
// "done" after measuring.
void run_client(const ClientPlan& plan);

}  // namespace crossfade::bench
