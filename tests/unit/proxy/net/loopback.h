#pragma once

// A driver with its loop, and the plain blocking sockets of the peers that the tests play
// themselves.

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>

#include "config/base/address.h"
#include "config/base/verify.h"
#include "proxy/net/driver.h"
#include "proxy/net/unique_fd.h"

namespace crossfade::net {

struct Loop {
  Loop() { driver.start(); }
  ~Loop() {
    driver.stop();
    context.poll();
  }

  template <class Done>
  void run_until(Done done) {
    context.restart();
    while (!done()) VERIFY(context.run_one_for(10s) != 0);  // a test that hangs fails
  }
  // Until nothing is left to do at once.
  void settle() {
    context.restart();
    while (context.run_one_for(2ms) != 0) {
    }
  }

  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  Driver driver{context};
};

// The peer's end of a connection: blocking.
class Peer {
 public:
  Peer() = default;
  explicit Peer(UniqueFd fd) : fd_{std::move(fd)} {}

  static Peer connect(const Address& address) {
    Peer peer{UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}};
    VERIFY(::connect(peer.fd_.value(), address.raw(), address.raw_size()) == 0);
    return peer;
  }

  void send(std::string_view bytes) {
    VERIFY(::send(fd_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size()));
  }
  std::string receive(std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t received = ::recv(fd_.value(), bytes.data(), most, 0);
    bytes.resize(received < 0 ? 0 : static_cast<std::size_t>(received));
    return bytes;
  }
  void end_writing() { ::shutdown(fd_.value(), SHUT_WR); }
  void close() { fd_.reset(); }
  void reset() {
    const linger now = {1, 0};
    ::setsockopt(fd_.value(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }
  int fd() const { return fd_.value(); }

 private:
  UniqueFd fd_;
};

// A listening socket of the test.
class Origin {
 public:
  explicit Origin(int backlog = 16) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const Address any = Address::from_v4(INADDR_LOOPBACK, 0);
    VERIFY(::bind(fd_.value(), any.raw(), any.raw_size()) == 0);
    VERIFY(::listen(fd_.value(), backlog) == 0);
    sockaddr_storage bound = {};
    socklen_t size = sizeof bound;
    ::getsockname(fd_.value(), reinterpret_cast<sockaddr*>(&bound), &size);
    address_ = Address::from_sockaddr(reinterpret_cast<sockaddr*>(&bound));
  }
  const Address& address() const { return address_; }
  Peer accept() { return Peer{UniqueFd{::accept4(fd_.value(), nullptr, nullptr, SOCK_CLOEXEC)}}; }
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  Address address_;
};

// A connected pair over TCP: ours non-blocking, the peer's blocking.
struct TcpPair {
  TcpPair() {
    Origin origin;
    ours = UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    VERIFY(::connect(ours.value(), origin.address().raw(), origin.address().raw_size()) == 0);
    VERIFY(::fcntl(ours.value(), F_SETFL, O_NONBLOCK) == 0);
    peer = origin.accept();
  }
  UniqueFd ours;
  Peer peer;
};

}  // namespace crossfade::net
