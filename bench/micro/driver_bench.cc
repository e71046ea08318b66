// Why sockets of the data path do not go through Asio: the same echo server twice, once as lean
// coroutines on the driver, once as Asio's own coroutines at their leanest (concrete executor, no
// per-descriptor locks). The plain sockets of the clients are part of both numbers, so the
// difference is what counts.

#include <array>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "bench/micro/bench.h"
#include "config/base/address.h"
#include "config/base/verify.h"
#include "proxy/net/stream.h"
#include "proxy/net/task.h"

namespace crossfade {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::size_t kMessageBytes = 1024;
using Buffer = std::array<char, 4096>;

struct Clients {
  Clients() {
    net::UniqueFd listening{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    VERIFY(::bind(listening.value(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    VERIFY(::listen(listening.value(), kConnections) == 0);
    socklen_t size = sizeof any;
    ::getsockname(listening.value(), reinterpret_cast<sockaddr*>(&any), &size);
    for (std::size_t i = 0; i < kConnections; ++i) {
      ours.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      VERIFY(::connect(ours[i].value(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
      servers.emplace_back(
          ::accept4(listening.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      const int on = 1;
      ::setsockopt(ours[i].value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(servers[i].value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
  }
  void send_all() {
    for (const net::UniqueFd& fd : ours) {
      VERIFY(::send(fd.value(), message.data(), kMessageBytes, MSG_NOSIGNAL) == kMessageBytes);
    }
  }
  void receive_all() {
    for (const net::UniqueFd& fd : ours) {
      VERIFY(::recv(fd.value(), message.data(), kMessageBytes, MSG_WAITALL) == kMessageBytes);
    }
  }

  std::vector<net::UniqueFd> ours;
  std::vector<net::UniqueFd> servers;
  Buffer message = {};
};

// Cost of one round trip, when all connections have one at a time.
bench::Cost measure_round_trips(boost::asio::io_context& context, Clients& clients,
                                const std::size_t& echoes) {
  bench::Cost cost = bench::measure([&] {
    const std::size_t wanted = echoes + kConnections;
    clients.send_all();
    while (echoes < wanted) context.run_one();
    clients.receive_all();
  });
  for (double* number : {&cost.ns, &cost.ns_min, &cost.ns_max, &cost.allocations})
    *number /= kConnections;
  return cost;
}

// The floor: the same system calls on sockets known to be ready, with no loop at all.
CROSSFADE_BENCH("echo, 64 connections: bare system calls") {
  Clients clients;
  Buffer buffer;
  bench::Cost cost = bench::measure([&] {
    clients.send_all();
    for (const net::UniqueFd& fd : clients.servers) {
      const ssize_t read = ::recv(fd.value(), buffer.data(), buffer.size(), 0);
      VERIFY(read > 0 && ::send(fd.value(), buffer.data(), static_cast<std::size_t>(read),
                                MSG_NOSIGNAL) == read);
    }
    clients.receive_all();
  });
  for (double* number : {&cost.ns, &cost.ns_min, &cost.ns_max, &cost.allocations})
    *number /= kConnections;
  return cost;
}

net::Task<void> echo(net::Stream& stream, std::size_t& echoes, std::size_t& ended) {
  Buffer buffer;
  for (;;) {
    stream.set_deadline(stream.driver().now() + 30s);
    const Result<std::size_t> read = co_await stream.read_some(buffer);
    if (!read || *read == 0) break;
    const Result<std::size_t> sent =
        co_await stream.write_all(std::span<const char>{buffer.data(), *read});
    if (!sent) break;
    ++echoes;
  }
  ++ended;
}

CROSSFADE_BENCH("echo, 64 connections: lean coroutines on the driver") {
  Clients clients;
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  net::Driver driver{context};
  driver.start();
  std::size_t echoes = 0;
  std::size_t ended = 0;
  std::vector<std::unique_ptr<net::Stream>> streams;
  for (net::UniqueFd& fd : clients.servers) {
    streams.push_back(std::make_unique<net::Stream>(driver, Side::kClient));
    VERIFY(streams.back()->adopt(std::move(fd)).has_value());
    net::spawn(echo(*streams.back(), echoes, ended));
  }
  const bench::Cost cost = measure_round_trips(context, clients, echoes);
  for (auto& stream : streams) stream->cancel({});
  while (ended < kConnections) context.run_one();
  driver.stop();
  context.run();
  return cost;
}

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
constexpr boost::asio::use_awaitable_t<Executor> kAwait;

// Without a deadline: one steady_timer per connection would cost it more.
boost::asio::awaitable<void, Executor> asio_echo(Socket& socket, std::size_t& echoes) {
  Buffer buffer;
  for (;;) {
    const std::size_t read = co_await socket.async_read_some(boost::asio::buffer(buffer), kAwait);
    co_await boost::asio::async_write(socket, boost::asio::buffer(buffer.data(), read), kAwait);
    ++echoes;
  }
}

CROSSFADE_BENCH("echo, 64 connections: Asio awaitables") {
  Clients clients;
  std::size_t echoes = 0;
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::vector<std::unique_ptr<Socket>> sockets;
  for (net::UniqueFd& fd : clients.servers) {
    sockets.push_back(
        std::make_unique<Socket>(context, boost::asio::ip::tcp::v4(), ::dup(fd.value())));
    boost::asio::co_spawn(context, asio_echo(*sockets.back(), echoes), boost::asio::detached);
  }
  return measure_round_trips(context, clients, echoes);
}

}  // namespace
}  // namespace crossfade
