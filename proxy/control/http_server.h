#pragma once

// The HTTP/1.1 server of the control API: a listener of its own on the control thread, for
// operators, tools and dashboards; far from the data path. Everything a peer may use up is bounded
// by config/limits.h (api*). It knows bytes and time; what a request means is the API's business
// (api.h).

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "config/base/address.h"
#include "config/base/result.h"
#include "proxy/control/api_message.h"

namespace crossfade {

class HttpServer {
 public:
  using Answer = std::function<void(ApiRequest, Reply)>;

  // `answer` is called for every well-formed request, on the thread that runs `context`.
  // `context` outlives the server.
  HttpServer(boost::asio::io_context& context, Answer answer);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Starts to accept. Errors: kIo with the address and the system's reason.
  Result<void> listen(const Address& address);

  // Where it listens, with the real port when 0 was asked for. Requires: listen() succeeded.
  Address address() const;

  // Takes no more connections and closes those that are open, event streams too.
  void stop();

  std::size_t connections() const;

 private:
  struct Door;
  std::shared_ptr<Door> door_;  // shared with the sessions: they may end after the server
};

}  // namespace crossfade
