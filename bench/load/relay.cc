#include "bench/load/relay.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "bench/load/event_loop.h"

namespace crossfade::bench {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;

// One direction: what could not be sent waits for the edge of `to`.
struct Pump {
  std::unique_ptr<char[]> buffer = std::make_unique<char[]>(kBuffer);
  std::size_t begin = 0, end = 0;

  bool run(int from, int to) {
    while (true) {
      while (begin < end) {
        const ssize_t put = ::send(to, buffer.get() + begin, end - begin, MSG_NOSIGNAL);
        if (put < 0) return errno == EAGAIN;
        begin += static_cast<std::size_t>(put);
      }
      const ssize_t got = ::recv(from, buffer.get(), kBuffer, 0);
      if (got <= 0) return got < 0 && errno == EAGAIN;
      begin = 0;
      end = static_cast<std::size_t>(got);
      const bool drained = end < kBuffer;  // a short read: the next byte makes a new edge
      const ssize_t put = ::send(to, buffer.get(), end, MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN;
      begin = static_cast<std::size_t>(put);
      if (begin == end && drained) return true;
    }
  }
};

struct Pair {
  Socket client, origin;
  Pump up, down;
  bool open = true;

  void close() {
    if (!open) return;
    open = false;
    ::close(client.fd);
    ::close(origin.fd);
  }
};

}  // namespace

void serve_relay(std::uint16_t port, std::uint16_t origin_port) {
  EventLoop loop;
  std::vector<std::unique_ptr<Pair>> pairs;
  Socket listener;
  listener.fd = listen_on(port);
  listener.ready = [&](std::uint32_t) {
    for (int fd; (fd = accept_from(listener.fd)) >= 0;) {
      Pair* pair = pairs.emplace_back(std::make_unique<Pair>()).get();
      pair->client.fd = fd;
      pair->origin.fd = connect_to(origin_port);
      pair->client.ready = [pair](std::uint32_t events) {
        if (!pair->open) return;
        if ((events & EPOLLIN) && !pair->up.run(pair->client.fd, pair->origin.fd))
          return pair->close();
        if ((events & EPOLLOUT) && pair->down.begin < pair->down.end &&
            !pair->down.run(pair->origin.fd, pair->client.fd)) {
          pair->close();
        }
      };
      pair->origin.ready = [pair](std::uint32_t events) {
        if (!pair->open) return;
        if ((events & EPOLLIN) && !pair->down.run(pair->origin.fd, pair->client.fd))
          return pair->close();
        if ((events & EPOLLOUT) && pair->up.begin < pair->up.end &&
            !pair->up.run(pair->client.fd, pair->origin.fd)) {
          pair->close();
        }
      };
      loop.watch(pair->client);
      loop.watch(pair->origin);
    }
  };
  loop.watch(listener);
  while (true) loop.run_once(-1);
}

}  // namespace crossfade::bench
