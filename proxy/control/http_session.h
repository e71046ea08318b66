#pragma once

// One connection to the control API: reads requests one after the other, hands each to the API and
// sends the answer. Control thread only. Lives in its own coroutine, until either side closes.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "proxy/control/event_stream.h"
#include "proxy/control/http_server.h"

namespace crossfade {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::io_context& context, boost::asio::ip::tcp::socket socket,
              std::shared_ptr<const HttpServer::Answer> answer);

  boost::asio::awaitable<void> serve();
  void close();  // ends serve() soon

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  // What the wire is told after a request: go on, or close.
  enum class Next : std::uint8_t { kKeep, kClose };

  boost::asio::awaitable<Next> serve_one();
  boost::asio::awaitable<boost::system::error_code> read_request(Parser& parser);
  boost::asio::awaitable<ApiResponse> ask(ApiRequest request);
  boost::asio::awaitable<Next> write_answer(ApiResponse answer, unsigned version, bool is_head,
                                            bool keep_alive);
  boost::asio::awaitable<void> write_events(ApiResponse answer);
  boost::asio::awaitable<void> close_when_peer_does(std::shared_ptr<EventStream> events);

  boost::asio::io_context& context_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  Address peer_;
  std::shared_ptr<const HttpServer::Answer> answer_;
  std::weak_ptr<EventStream> events_;
};

}  // namespace crossfade
