#include "discovery/client/dns_client.h"

#include <ares.h>
#include <arpa/nameser.h>

#include <chrono>
#include <unordered_map>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/limits.h"

namespace crossfade {

namespace asio = boost::asio;

// Lends c-ares the io_context: its sockets are waited for here, its timeouts run on one timer.
class DnsClient::Channel : public std::enable_shared_from_this<Channel> {
 public:
  explicit Channel(asio::io_context& io) : io_{io}, timer_{io} {}

  Result<void> open(std::span<const Address> servers) {
    ares_options options = {};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
    options.timeout = static_cast<int>(limits::kDnsTryTime / 1ms);
    options.tries = limits::kDnsTries;
    options.ednspsz = 1232;  // fits an unfragmented packet everywhere (DNS flag day 2020)
    options.sock_state_cb = &Channel::on_socket_state;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                     ARES_OPT_SOCK_STATE_CB;
    if (const int status = ::ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS) {
      return failure(status);
    }
    if (servers.empty()) return {};
    std::string list;
    for (const Address& server : servers) list += (list.empty() ? "" : ",") + server.str();
    if (const int status = ::ares_set_servers_ports_csv(channel_, list.c_str());
        status != ARES_SUCCESS) {
      return failure(status);
    }
    return {};
  }

  void close() {
    is_closed_ = true;
    timer_.cancel();
    if (channel_ != nullptr) ::ares_destroy(channel_);
    channel_ = nullptr;
  }

  void ask(const std::string& name, DnsType type, Done done) {
    auto question = std::make_unique<Question>(Question{*this, type, std::move(done)});
    const int wire = type == DnsType::kA ? ns_t_a : type == DnsType::kAaaa ? ns_t_aaaa : ns_t_srv;
    ::ares_query(channel_, name.c_str(), ns_c_in, wire, &Channel::on_answer, question.release());
    schedule_timeout();
  }

 private:
  struct Question {
    Channel& channel;
    DnsType type;
    Done done;
  };

  static Error failure(int status) {
    const ErrorCode code = status == ARES_ETIMEOUT ? ErrorCode::kTimeout : ErrorCode::kUnavailable;
    return {code, Side::kUpstream, Retry::kYes, std::string("DNS: ") + ::ares_strerror(status)};
  }

  static void on_answer(void* argument, int status, int, unsigned char* packet, int size) {
    const std::unique_ptr<Question> question(static_cast<Question*>(argument));
    if (question->channel.is_closed_) return;
    // "No such name" and "no such records" come with the packet, whose SOA says for how long.
    const bool was_answered =
        status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
    if (!was_answered || packet == nullptr) return question->done(failure(status));
    question->done(read_dns_answer({packet, static_cast<std::size_t>(size)}, question->type));
  }

  // c-ares opened, closed (neither) or wants to wait for a socket of its own.
  static void on_socket_state(void* argument, ares_socket_t fd, int wants_read, int wants_write) {
    auto& self = *static_cast<Channel*>(argument);
    const auto found = self.sockets_.find(fd);
    if (wants_read == 0 && wants_write == 0) {
      if (found == self.sockets_.end()) return;
      found->second->descriptor.release();  // c-ares closes it
      self.sockets_.erase(found);
      return;
    }
    auto& socket = found != self.sockets_.end() ? found->second : self.sockets_[fd];
    if (socket == nullptr)
      socket = std::make_shared<Socket>(Socket{asio::posix::stream_descriptor(self.io_, fd)});
    socket->wants_read = wants_read != 0;
    socket->wants_write = wants_write != 0;
    self.wait(socket);
  }

  struct Socket {
    asio::posix::stream_descriptor descriptor;
    bool wants_read = false, wants_write = false;
    bool waits_read = false, waits_write = false;
  };

  void wait(const std::shared_ptr<Socket>& socket) {
    wait(socket, asio::posix::stream_descriptor::wait_read, socket->wants_read,
         &Socket::waits_read);
    wait(socket, asio::posix::stream_descriptor::wait_write, socket->wants_write,
         &Socket::waits_write);
  }

  void wait(const std::shared_ptr<Socket>& socket,
            asio::posix::stream_descriptor::wait_type direction, bool wanted, bool Socket::*waits) {
    if (!wanted || (*socket).*waits) return;
    (*socket).*waits = true;
    socket->descriptor.async_wait(direction, [self = shared_from_this(), socket, direction,
                                              waits](boost::system::error_code failed) {
      (*socket).*waits = false;
      if (failed || self->is_closed_) return;
      const auto fd = socket->descriptor.native_handle();
      const bool reads = direction == asio::posix::stream_descriptor::wait_read;
      ::ares_process_fd(self->channel_, reads ? fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : fd);
      if (self->is_closed_) return;
      if (socket->descriptor.is_open()) self->wait(socket);
      self->schedule_timeout();
    });
  }

  void schedule_timeout() {
    timeval next = {};
    if (channel_ == nullptr || ::ares_timeout(channel_, nullptr, &next) == nullptr) return;
    // c-ares asks for 0 ms again and again near a timeout: one millisecond keeps the loop from
    // spinning.
    timer_.expires_after(std::chrono::seconds(next.tv_sec) +
                         std::chrono::microseconds(next.tv_usec) + 1ms);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (cancelled || self->is_closed_) return;
      ::ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      self->schedule_timeout();
    });
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::unordered_map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  bool is_closed_ = false;
};

Result<std::unique_ptr<DnsClient>> DnsClient::make(asio::io_context& io,
                                                   std::span<const Address> servers) {
  // c-ares counts these calls and never fails on Linux; there is no matching cleanup, by design.
  if (const int status = ::ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) {
    return Error{ErrorCode::kUnavailable, Side::kSelf, Retry::kNever, ::ares_strerror(status)};
  }
  auto channel = std::make_shared<Channel>(io);
  if (const auto opened = channel->open(servers); !opened) {
    channel->close();
    return opened.error();
  }
  return std::unique_ptr<DnsClient>(new DnsClient(std::move(channel)));
}

DnsClient::DnsClient(std::shared_ptr<Channel> channel) : channel_{std::move(channel)} {}

DnsClient::~DnsClient() {
  channel_->close();
}

void DnsClient::ask(const std::string& name, DnsType type, Done done) {
  channel_->ask(name, type, std::move(done));
}

}  // namespace crossfade
