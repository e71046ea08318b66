// The load and the origin of bench/load/run, and the bare relay that is its floor.
//
//   bench_load origin PORT
//   bench_load relay PORT ORIGIN_PORT
//   bench_load client PORT [--connections N] [--response BYTES] [--upload BYTES] [--close]
//   [--warm-up S] [--measure S] [--idle N]

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <sys/resource.h>

#include "bench/load/client.h"
#include "bench/load/origin.h"
#include "bench/load/relay.h"

namespace {

using namespace crossfade::bench;

int usage() {
  std::fputs("usage: bench_load origin PORT | relay PORT ORIGIN_PORT | client PORT [options]\n",
             stderr);
  return 2;
}

std::uint16_t port_of(const char* text) {
  return static_cast<std::uint16_t>(std::atoi(text));
}

int client(int count, char** words) {
  ClientPlan plan;
  plan.port = port_of(words[2]);
  for (int i = 3; i < count; ++i) {
    const std::string_view option = words[i];
    if (option == "--close") {
      plan.connection_per_request = true;
      continue;
    }
    if (i + 1 >= count) return usage();
    const char* value = words[++i];
    if (option == "--connections")
      plan.connections = static_cast<std::size_t>(std::atol(value));
    else if (option == "--response")
      plan.response_bytes = static_cast<std::size_t>(std::atol(value));
    else if (option == "--upload")
      plan.upload_bytes = static_cast<std::size_t>(std::atol(value));
    else if (option == "--warm-up")
      plan.warm_up_s = std::atof(value);
    else if (option == "--measure")
      plan.measured_s = std::atof(value);
    else if (option == "--idle")
      plan.idle = static_cast<std::size_t>(std::atol(value));
    else
      return usage();
  }
  run_client(plan);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files = {};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::string_view role = count > 2 ? words[1] : "";
  if (role == "origin") serve_origin(port_of(words[2]));
  if (role == "relay" && count > 3) serve_relay(port_of(words[2]), port_of(words[3]));
  if (role == "client") return client(count, words);
  return usage();
}
