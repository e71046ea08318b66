#include "proxy/control/http_session.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "config/limits.h"
#include "proxy/control/problem.h"

namespace crossfade {
namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// Nullopt: the target is not a path that means one thing.
std::optional<ApiRequest> to_request(const beast::http::request<beast::http::string_body>& message,
                                     const Address& peer) {
  const std::string_view target(message.target().data(), message.target().size());
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return std::nullopt;
  ApiRequest request;
  request.method = std::string(message.method_string());
  if (request.method == "HEAD") request.method = "GET";
  for (const auto& segment : url->segments()) {
    // An encoded slash would make two segments of what the client meant as one name.
    if (segment.find('/') != std::string::npos) return std::nullopt;
    request.path += '/' + segment;
  }
  if (request.path.empty()) request.path = "/";
  for (const auto& parameter : url->params())
    request.query.emplace_back(parameter.key, parameter.value);
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.body = message.body();
  request.peer = peer;
  return request;
}

ApiResponse answer_to_unreadable(const error_code& failed) {
  if (failed == beast::http::error::header_limit) {
    return problem(431, "the request's head is too long",
                   "expected at most " + std::to_string(limits::kApiHeadBytesMax) + " bytes");
  }
  if (failed == beast::http::error::body_limit) {
    return problem(413, "the request's body is too long",
                   "expected at most " + std::to_string(limits::kApiBodyBytesMax) + " bytes");
  }
  return problem(400, "the request is not HTTP/1.1", failed.message());
}

// Errors of the message, not of the connection: those are worth an answer.
bool is_protocol_error(const error_code& failed) {
  return failed.category() ==
             beast::http::make_error_code(beast::http::error::bad_method).category() &&
         failed != beast::http::error::end_of_stream &&
         failed != beast::http::error::partial_message;
}

}  // namespace

HttpSession::HttpSession(asio::io_context& context, asio::ip::tcp::socket socket,
                         std::shared_ptr<const HttpServer::Answer> answer)
    : context_{context},
      stream_{std::move(socket)},
      buffer_{limits::kApiHeadBytesMax + 4096},
      answer_{std::move(answer)} {
  error_code failed;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), failed);
  if (const auto peer = stream_.socket().remote_endpoint(failed); !failed)
    peer_ = Address::from_sockaddr(peer.data());
}

void HttpSession::close() {
  if (const auto events = events_.lock()) events->close();
  stream_.close();
}

asio::awaitable<void> HttpSession::serve() {
  const auto self = shared_from_this();
  while (co_await serve_one() == Next::kKeep) {
  }
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

asio::awaitable<HttpSession::Next> HttpSession::serve_one() {
  Parser parser;
  parser.header_limit(limits::kApiHeadBytesMax);
  parser.body_limit(limits::kApiBodyBytesMax);
  if (const error_code failed = co_await read_request(parser)) {
    if (!is_protocol_error(failed)) co_return Next::kClose;
    // Named, not a temporary of the co_await: g++ 12 destroys an aggregate twice there.
    ApiResponse answer = answer_to_unreadable(failed);
    co_return co_await write_answer(std::move(answer), 11, false, false);
  }
  const auto& message = parser.get();
  const bool is_head = message.method() == beast::http::verb::head;
  auto request = to_request(message, peer_);
  if (!request) {
    ApiResponse answer =
        problem(400, "the request's target is not a path", "expected something like /v1/services");
    co_return co_await write_answer(std::move(answer), message.version(), is_head, false);
  }
  ApiResponse answer = co_await ask(std::move(*request));
  if (answer.stream && !is_head) {
    co_await write_events(std::move(answer));
    co_return Next::kClose;
  }
  co_return co_await write_answer(std::move(answer), message.version(), is_head,
                                  message.keep_alive());
}

asio::awaitable<error_code> HttpSession::read_request(Parser& parser) {
  stream_.expires_after(limits::kApiIdleTime);
  if (const auto [failed, size] =
          co_await beast::http::async_read_header(stream_, buffer_, parser, kAwait);
      failed) {
    co_return failed;
  }
  stream_.expires_after(limits::kApiMessageTime);
  if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue") &&
      !parser.is_done()) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [failed, size] =
        co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
    if (failed) co_return failed;
  }
  const auto [failed, size] = co_await beast::http::async_read(stream_, buffer_, parser, kAwait);
  co_return failed;
}

asio::awaitable<ApiResponse> HttpSession::ask(ApiRequest request) {
  stream_.expires_never();  // the API bounds its own waits
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(ApiResponse)>(
      [this](auto handler, ApiRequest asked) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // Posted, because the answer may come before this function returns.
        (*answer_)(std::move(asked), [this, shared, self = shared_from_this()](ApiResponse answer) {
          asio::post(context_, [shared, answer = std::move(answer)]() mutable {
            std::move (*shared)(std::move(answer));
          });
        });
      },
      asio::use_awaitable, std::move(request));
}

asio::awaitable<HttpSession::Next> HttpSession::write_answer(ApiResponse answer, unsigned version,
                                                             bool is_head, bool keep_alive) {
  beast::http::response<beast::http::string_body> message(beast::http::int_to_status(answer.status),
                                                          version);
  for (const auto& [name, value] : answer.headers) message.set(name, value);
  message.set(beast::http::field::content_type, answer.content_type);
  message.set(beast::http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  message.content_length(answer.body.size());
  if (!is_head) message.body() = std::move(answer.body);
  message.keep_alive(keep_alive);
  stream_.expires_after(limits::kApiMessageTime);
  const auto [failed, size] = co_await beast::http::async_write(stream_, message, kAwait);
  co_return !failed && keep_alive ? Next::kKeep : Next::kClose;
}

asio::awaitable<void> HttpSession::write_events(ApiResponse answer) {
  beast::http::response<beast::http::empty_body> head(beast::http::status::ok, 11);
  head.set(beast::http::field::content_type, "text/event-stream");
  head.set(beast::http::field::cache_control, "no-store");
  head.keep_alive(false);  // without a length the end of the connection ends the stream
  stream_.expires_after(limits::kApiMessageTime);
  if (const auto [failed, size] = co_await beast::http::async_write(stream_, head, kAwait); failed)
    co_return;

  const auto events = std::make_shared<EventStream>(context_);
  events_ = events;
  answer.stream(events);
  asio::co_spawn(context_, close_when_peer_does(events), asio::detached);
  while (true) {
    std::string text = events->take();
    if (text.empty()) {
      if (events->is_closed()) co_return;
      events->changed_.expires_after(limits::kEventStreamQuiet);
      const auto [woken] = co_await events->changed_.async_wait(kAwait);
      text = woken ? events->take() : ": quiet\n\n";
      if (text.empty()) continue;
    }
    stream_.expires_after(limits::kApiMessageTime);
    const auto [failed, size] = co_await asio::async_write(stream_, asio::buffer(text), kAwait);
    if (failed) break;
  }
  events->close();
}

asio::awaitable<void> HttpSession::close_when_peer_does(std::shared_ptr<EventStream> events) {
  const auto self = shared_from_this();
  std::array<char, 256> rest;  // nothing is expected: what comes is thrown away
  // The socket, not the stream: the stream's deadline belongs to the writes.
  while (!events->is_closed()) {
    const auto [failed, size] =
        co_await stream_.socket().async_read_some(asio::buffer(rest), kAwait);
    if (failed) break;
  }
  events->close();
}

}  // namespace crossfade
