#include "bench/load/event_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace crossfade::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

void fail(const std::string& what) {
  std::fprintf(stderr, "bench_load: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

EventLoop::EventLoop() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) fail("epoll_create1");
}

void EventLoop::watch(Socket& socket) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd, &event) != 0) fail("epoll_ctl");
}

void EventLoop::run_once(int timeout_ms) {
  std::array<epoll_event, 512> events;
  const int count =
      ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    auto* socket = static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr);
    socket->ready(events[static_cast<std::size_t>(i)].events);
  }
}

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  set(fd, SOL_SOCKET, SO_REUSEADDR);
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  const sockaddr_in address = loopback(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(fd, 4096) != 0) fail("listen");
  return fd;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fail("connect");
  }
  return fd;
}

int accept_from(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) set(fd, IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

}  // namespace crossfade::bench
