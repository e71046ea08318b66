#include "proxy/worker/tunnel.h"

#include <utility>

namespace crossfade {

Tunnel::Tunnel(Workplace& place, Client& client, Lease lease,
               std::shared_ptr<const ServiceConfig> config,
               std::shared_ptr<ClusterCounters> counters)
    : place_{place},
      client_{client},
      lease_{std::move(lease)},
      config_{std::move(config)},
      counters_{std::move(counters)} {
  cell().open_tunnels.add();
}

Tunnel::~Tunnel() {
  client_.upstream = nullptr;
  cell().open_tunnels.subtract();
}

net::Task<void> Tunnel::run() {
  client_.upstream = &lease_.stream();
  stay_awake();
  co_await net::both(pump(client_.stream, lease_.stream(), client_.input, cell().request_bytes),
                     pump(lease_.stream(), client_.stream, from_upstream_, cell().response_bytes));
}

// The client may have sent before it saw the 101: then its input is not empty at first.
net::Task<void> Tunnel::pump(net::Stream& from, net::Stream& to, Input& input, Counter& bytes) {
  for (;;) {
    if (!input.empty()) {
      Result<std::size_t> sent = co_await to.write_all(std::span<const char>{input.bytes()});
      if (sent.has_error()) co_return end(std::move(sent).error());
      bytes.add(input.bytes().size());
      input.use(input.bytes().size());
      stay_awake();
    }
    input.forget_used();
    Result<void> ready = co_await from.readable();
    if (ready.has_error()) co_return end(std::move(ready).error());
    if (!input.make_room(place_.buffers)) co_return end({ErrorCode::kFull, Side::kSelf});
    const Result<std::size_t> received = co_await from.read_some(input.room());
    if (received.has_error()) co_return end(received.error());
    if (*received == 0) {
      input.forget_used();
      co_return to.shutdown_write();  // the other way may go on
    }
    input.received(*received);
  }
}

void Tunnel::stay_awake() {
  const Instant until = place_.now() + config_->timeouts.tunnel_idle;
  client_.stream.set_deadline(until);
  lease_.stream().set_deadline(until);
}

void Tunnel::end(Error error) {
  client_.stream.cancel(error);
  lease_.stream().cancel(std::move(error));
}

}  // namespace crossfade
