#include "proxy/control/http_server.h"

#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/base/log.h"
#include "config/limits.h"
#include "proxy/control/http_session.h"
#include "proxy/control/socket_address.h"

namespace crossfade {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct HttpServer::Door : std::enable_shared_from_this<Door> {
  Door(asio::io_context& io, Answer function)
      : context{io},
        acceptor{io},
        pause{io},
        answer{std::make_shared<const Answer>(std::move(function))} {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code failed, tcp::socket socket) {
      if (!self->acceptor.is_open()) return;
      if (failed) return self->accept_later();
      self->start(std::move(socket));
      self->accept();
    });
  }

  // Without descriptors or memory an immediate new try would only spin.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([self = shared_from_this()](error_code failed) {
      if (!failed && self->acceptor.is_open()) self->accept();
    });
  }

  void start(tcp::socket socket) {
    if (sessions.size() >= limits::kApiConnectionsMax) return;  // closed by the socket's end
    const auto session = std::make_shared<HttpSession>(context, std::move(socket), answer);
    sessions.insert(session);
    asio::co_spawn(context, session->serve(),
                   [self = shared_from_this(), session](std::exception_ptr broken) {
                     self->sessions.erase(session);
                     if (broken)
                       log::error("control", "a session of the control API ended by an exception");
                   });
  }

  asio::io_context& context;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::shared_ptr<const Answer> answer;
  std::set<std::shared_ptr<HttpSession>> sessions;
};

HttpServer::HttpServer(asio::io_context& context, Answer answer)
    : door_{std::make_shared<Door>(context, std::move(answer))} {}

HttpServer::~HttpServer() {
  stop();
}

Result<void> HttpServer::listen(const Address& address) {
  const auto failed = [&](const error_code& why) {
    return Error{ErrorCode::kIo, Side::kSelf, Retry::kNever,
                 "cannot listen on the control address " + address.str() + ": " + why.message()};
  };
  tcp::acceptor& acceptor = door_->acceptor;
  const tcp::endpoint endpoint = to_endpoint(address);
  error_code why;
  if (acceptor.open(endpoint.protocol(), why); why) return failed(why);
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), why); why) return failed(why);
  if (acceptor.bind(endpoint, why); why) return failed(why);
  if (acceptor.listen(tcp::acceptor::max_listen_connections, why); why) return failed(why);
  door_->accept();
  return {};
}

Address HttpServer::address() const {
  return Address::from_sockaddr(door_->acceptor.local_endpoint().data());
}

void HttpServer::stop() {
  error_code ignored;
  door_->acceptor.close(ignored);
  door_->pause.cancel();
  const auto sessions = door_->sessions;  // closing may end one and change the set
  for (const auto& session : sessions) session->close();
}

std::size_t HttpServer::connections() const {
  return door_->sessions.size();
}

}  // namespace crossfade
