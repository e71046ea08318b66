#pragma once

// What client, origin and relay stand on: a bare edge-triggered epoll loop, so that the load costs
// little beside what it measures.

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <string>

namespace crossfade::bench {

struct Socket {
  int fd = -1;
  std::function<void(std::uint32_t events)> ready;
};

class EventLoop {
 public:
  EventLoop();
  void watch(Socket& socket);  // IN | OUT | RDHUP, edge-triggered; the socket must outlive its fd
  void run_once(int timeout_ms);

 private:
  int epoll_;
};

int listen_on(std::uint16_t port);                // loopback, SO_REUSEADDR
int connect_to(std::uint16_t port);               // loopback, non-blocking, TCP_NODELAY
int accept_from(int listener);                    // -1 when nobody is waiting
[[noreturn]] void fail(const std::string& what);  // with errno

}  // namespace crossfade::bench
