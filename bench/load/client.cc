#include "bench/load/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/event_loop.h"

namespace crossfade::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The head of a browser behind a load balancer: eight fields, about 430 bytes.
std::string request_text(const ClientPlan& plan, std::size_t user) {
  std::string text =
      plan.upload_bytes > 0 ? "POST /upload" : "GET /" + std::to_string(plan.response_bytes);
  text +=
      " HTTP/1.1\r\nHost: music.example\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/120 Safari/537\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8\r\n"
      "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
      "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
      "x-user-id: user-" +
      std::to_string(user) + "\r\n";
  text += plan.connection_per_request ? "Connection: close\r\n" : "Cache-Control: max-age=0\r\n";
  if (plan.upload_bytes > 0)
    text += "Content-Length: " + std::to_string(plan.upload_bytes) + "\r\n";
  return text + "\r\n";
}

class Connection {
 public:
  Connection(const ClientPlan& plan, EventLoop& loop, std::size_t user,
             std::vector<std::uint32_t>& latencies)
      : plan_{plan}, loop_{loop}, request_{request_text(plan, user)}, latencies_{latencies} {
    if (plan.upload_bytes > 0) request_.append(plan.upload_bytes, 'u');
    open();
  }

  std::uint64_t requests = 0, failed = 0, bytes = 0;
  bool repeat = true;
  bool idle = false;  // an answer came and no request is out

 private:
  void open() {
    socket_.fd = connect_to(plan_.port);
    socket_.ready = [this](std::uint32_t events) { on_ready(events); };
    sent_ = 0;
    begun_ = Clock::now();
    expecting_head_ = true;
    head_.clear();
    loop_.watch(socket_);
  }

  void reopen() {
    ::close(socket_.fd);
    if (repeat) open();
  }

  void on_ready(std::uint32_t events) {
    if (!send_more()) return broken();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !receive()) return broken();
  }

  void broken() {
    ++failed;
    reopen();
  }

  bool send_more() {
    while (sent_ < request_.size()) {
      const ssize_t put =
          ::send(socket_.fd, request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == ENOTCONN;
      sent_ += static_cast<std::size_t>(put);
    }
    return true;
  }

  bool receive() {
    static char buffer[1 << 20];
    while (true) {
      const ssize_t got = ::recv(socket_.fd, buffer, sizeof buffer, 0);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN;
      bytes += static_cast<std::uint64_t>(got);
      const int outcome = consume({buffer, static_cast<std::size_t>(got)});
      if (outcome < 0) return false;
      if (outcome > 0) return true;
      if (static_cast<std::size_t>(got) < sizeof buffer) return true;
    }
  }

  // 1: the answer is complete; 0: more to come; -1: not the answer expected.
  int consume(std::string_view piece) {
    if (expecting_head_) {
      head_ += piece;
      const auto end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return 0;
      if (head_.compare(0, 12, "HTTP/1.1 200") != 0) return -1;
      std::transform(head_.begin(), head_.begin() + static_cast<std::ptrdiff_t>(end), head_.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      const auto at = head_.find("content-length: ");
      if (at == std::string::npos || at > end) return -1;
      body_left_ = 0;
      std::from_chars(head_.data() + at + 16, head_.data() + end, body_left_);
      const std::size_t body_here = head_.size() - (end + 4);
      expecting_head_ = false;
      if (body_here > body_left_) return -1;
      body_left_ -= body_here;
    } else {
      if (piece.size() > body_left_) return -1;
      body_left_ -= piece.size();
    }
    if (body_left_ > 0) return 0;
    complete();
    return 1;
  }

  void complete() {
    const auto now = Clock::now();
    ++requests;
    latencies_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - begun_).count()));
    expecting_head_ = true;
    head_.clear();
    idle = true;
    if (plan_.connection_per_request) return reopen();
    if (!repeat) return;
    idle = false;
    sent_ = 0;
    begun_ = now;
    if (!send_more()) broken();
  }

  const ClientPlan& plan_;
  EventLoop& loop_;
  std::string request_;
  std::vector<std::uint32_t>& latencies_;
  Socket socket_;
  std::string head_;
  std::size_t sent_ = 0;
  std::uint64_t body_left_ = 0;
  bool expecting_head_ = true;
  Clock::time_point begun_;
};

void run_for(EventLoop& loop, double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) loop.run_once(20);
}

void print_line(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

// Opens the connections one hundred at a time, so that no listen queue overflows, and then waits to
// be ended.
void hold_idle(const ClientPlan& plan, EventLoop& loop) {
  std::vector<std::uint32_t> latencies;
  std::vector<std::unique_ptr<Connection>> connections;
  while (connections.size() < plan.idle) {
    const std::size_t batch = std::min<std::size_t>(100, plan.idle - connections.size());
    for (std::size_t i = 0; i < batch; ++i) {
      connections.push_back(
          std::make_unique<Connection>(plan, loop, connections.size(), latencies));
      connections.back()->repeat = false;
    }
    const auto waiting = [&] {
      return std::any_of(connections.end() - static_cast<std::ptrdiff_t>(batch), connections.end(),
                         [](const auto& connection) { return !connection->idle; });
    };
    while (waiting()) loop.run_once(20);
  }
  print_line("ready");
  while (true) loop.run_once(1000);
}

}  // namespace

void run_client(const ClientPlan& plan) {
  EventLoop loop;
  if (plan.idle > 0) return hold_idle(plan, loop);
  std::vector<std::uint32_t> latencies;
  latencies.reserve(1 << 22);
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t i = 0; i < plan.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(plan, loop, i, latencies));
  }
  run_for(loop, plan.warm_up_s);

  for (auto& connection : connections)
    connection->requests = connection->failed = connection->bytes = 0;
  latencies.clear();
  print_line("ready");
  const auto begun = Clock::now();
  run_for(loop, plan.measured_s);
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();

  std::uint64_t requests = 0, failed = 0, bytes = 0;
  for (const auto& connection : connections) {
    requests += connection->requests;
    failed += connection->failed;
    bytes += connection->bytes;
  }
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](double q) {
    if (latencies.empty()) return 0U;
    return latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))];
  };
  std::printf(
      "{\"requests\":%llu,\"seconds\":%.4f,\"failed\":%llu,\"bytes\":%llu,\"p50_us\":%u,\"p99_us\":"
      "%u}\n",
      static_cast<unsigned long long>(requests), seconds, static_cast<unsigned long long>(failed),
      static_cast<unsigned long long>(bytes), quantile(0.5), quantile(0.99));
  std::fflush(stdout);
}

}  // namespace crossfade::bench
