#include "proxy/control/probe.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "config/base/verify.h"
#include "config/limits.h"
#include "proxy/control/socket_address.h"

namespace crossfade {
namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

asio::awaitable<bool> ask(beast::tcp_stream& stream, const Address& address,
                          const HealthCheckConfig& check) {
  beast::http::request<beast::http::empty_body> question(beast::http::verb::get, check.path, 11);
  question.set(beast::http::field::host, check.host.empty() ? address.str() : check.host);
  question.set(beast::http::field::user_agent, "crossfade-health-check");
  question.keep_alive(false);
  if (const auto [failed, size] = co_await beast::http::async_write(stream, question, kAwait);
      failed) {
    co_return false;
  }
  // The head is enough: a body may be endless.
  beast::flat_buffer buffer(limits::kProbeAnswerBytesMax);
  beast::http::response_parser<beast::http::empty_body> answer;
  answer.header_limit(limits::kProbeAnswerBytesMax);
  const auto [failed, size] =
      co_await beast::http::async_read_header(stream, buffer, answer, kAwait);
  if (failed) co_return false;
  const unsigned status = answer.get().result_int();
  co_return status >= check.status_min&& status <= check.status_max;
}

}  // namespace

asio::awaitable<bool> probe(asio::io_context& context, Address address, HealthCheckConfig check) {
  VERIFY(check.kind != HealthCheckConfig::Kind::kNone);
  beast::tcp_stream stream(context);
  stream.expires_after(check.timeout);  // one deadline for all of it
  const auto [failed] = co_await stream.async_connect(to_endpoint(address), kAwait);
  if (failed) co_return false;
  if (check.kind == HealthCheckConfig::Kind::kTcp) co_return true;
  co_return co_await ask(stream, address, check);
}

}  // namespace crossfade
