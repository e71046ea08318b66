#include "tests/unit/proxy/worker/origin.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <stdexcept>
#include <utility>

namespace crossfade::test {
namespace {

constexpr std::uint32_t kLoopback = 0x7f000001;

Address address_of(int socket) {
  sockaddr_in6 raw = {};
  socklen_t size = sizeof raw;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&raw), &size);
  return Address::from_sockaddr(reinterpret_cast<const sockaddr*>(&raw));
}

int bound_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Address any = Address::from_v4(kLoopback, 0);
  if (::bind(socket, any.raw(), any.raw_size()) != 0)
    throw std::runtime_error("origin: cannot bind");
  return socket;
}

}  // namespace

Origin::Origin(Script script)
    : script_{std::move(script)}, listener_{bound_socket()}, address_{address_of(listener_)} {
  if (::listen(listener_, 512) != 0) throw std::runtime_error("origin: cannot listen");
  acceptor_ = std::thread{[this] { accept_all(); }};
}

Origin::~Origin() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock{mutex_};
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int descriptor : open_) ::close(descriptor);
}

void Origin::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    ++connections_;
    threads_.emplace_back([this, descriptor] { serve(descriptor); });
  }
}

void Origin::serve(int descriptor) {
  Peer peer{descriptor};
  int duplicate = -1;
  {
    const std::lock_guard lock{mutex_};
    duplicate = open_.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  }
  try {
    script_(peer);
  } catch (const std::exception&) {
    // The other side went: that is how most scripts end.
  }
  peer.close();
  const std::lock_guard lock{mutex_};
  ::close(duplicate);
  open_.remove(duplicate);
}

Origin::Script answering(std::function<std::string(const Message&)> respond) {
  return [respond = std::move(respond)](Peer& peer) {
    for (;;) peer.write(respond(peer.read_request()));
  };
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

DeadEnd::DeadEnd() : socket_{bound_socket()}, address_{address_of(socket_)} {}

DeadEnd::~DeadEnd() {
  ::close(socket_);
}

Crowd::Crowd() : listener_{bound_socket()}, address_{address_of(listener_)} {
  if (::listen(listener_, 0) != 0) throw std::runtime_error("crowd: cannot listen");
  for (int& waiting : waiting_) {
    waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::connect(waiting, address_.raw(), address_.raw_size());
  }
}

Crowd::~Crowd() {
  for (const int waiting : waiting_) ::close(waiting);
  ::close(listener_);
}

}  // namespace crossfade::test
