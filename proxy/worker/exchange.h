#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "proxy/net/task.h"
#include "proxy/routing/balancer.h"
#include "proxy/worker/answer.h"
#include "proxy/worker/attempt.h"
#include "proxy/worker/client.h"
#include "proxy/worker/pin.h"
#include "proxy/worker/request.h"
#include "proxy/worker/retries.h"
#include "proxy/worker/tunnel.h"
#include "proxy/worker/workplace.h"

namespace crossfade {

// What becomes of the client's connection after an exchange.
enum class Next : std::uint8_t {
  kRequest,  // it may bring another request
  kClose,    // everything that the client sent has been read, or nobody is left to tell
  kLinger,   // closed as well, but the client may still be sending: it needs time to read our last
             // answer
  kTunnel,   // take_tunnel() serves it from here
};

// One request and its response, pinned to one Snapshot from the first byte to the last: every
// question about it is asked of one picture. Decides where the request goes and whether it goes
// there again; an Attempt does the work.
class Exchange {
 public:
  // The head has been read; what follows it is in client.input. All must outlive the exchange.
  Exchange(Workplace& place, Client& client, Request& request);

  net::Task<Next> run();

  std::unique_ptr<Tunnel> take_tunnel() { return std::move(tunnel_); }

 private:
  http::Fault read_first_payload();
  bool route();
  bool is_body_too_long() const;
  void split();
  std::optional<Attempt::Target> pick();
  std::optional<Pick> pick_endpoint(ClusterIndex cluster);
  bool has_usable(ClusterIndex cluster) const;
  bool was_tried(const EndpointId& id) const;
  std::optional<ClusterIndex> other_cluster() const;
  void move_on();
  net::Task<Next> answer(const http::ErrorAnswer& answer);
  Next next_after(bool keep_alive) const;

  Workplace& place_;
  Client& client_;
  Request& request_;
  Pins::Pin pin_;
  const SnapshotService* service_ = nullptr;
  KeyPoint point_ = 0;
  ClusterIndex cluster_ = 0;  // where the next attempt goes
  bool has_left_ = false;     // and an attempt in another cluster failed before
  std::array<EndpointId, limits::kEndpointsTriedMax> tried_;
  std::size_t tried_count_ = 0;
  std::unique_ptr<Tunnel> tunnel_;
};

}  // namespace crossfade
