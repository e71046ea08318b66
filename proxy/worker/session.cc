#include "proxy/worker/session.h"

#include "proxy/http/fault.h"
#include "proxy/http/head_reader.h"

namespace crossfade {
namespace {

constexpr std::uint16_t kRequestTimeout = 408;

}  // namespace

Session::Session(Workplace& place, const ListenerConfig& listener, const Address& peer)
    : place_{place},
      client_{place.driver, peer},
      head_timeout_{listener.head_timeout},
      idle_timeout_{listener.idle_timeout} {}

net::Task<void> Session::serve(net::UniqueFd fd) {
  if (client_.stream.adopt(std::move(fd)).has_error()) co_return;
  Next next = Next::kRequest;
  while (next == Next::kRequest && !place_.is_stopping) {
    client_.input.forget_used();
    if (client_.input.empty()) {
      if (place_.is_draining) co_return;
      client_.stream.set_deadline(place_.now() + idle_timeout_);
      is_idle_ = true;
      const Result<void> ready = co_await client_.stream.readable();
      is_idle_ = false;
      if (ready.has_error()) co_return;
    }
    next = co_await serve_request();
  }
  if (next == Next::kTunnel) co_await std::exchange(tunnel_, nullptr)->run();
  if (next == Next::kLinger) co_await linger();
}

void Session::abort() {
  const Error error{ErrorCode::kClosed, Side::kSelf};
  if (client_.upstream != nullptr) client_.upstream->cancel(error);
  client_.stream.cancel(error);
}

// A frame of its own, because the heads are large: an idle session has none.
net::Task<Next> Session::serve_request() {
  Request request;
  const Next next = co_await read_head(request);
  if (next != Next::kRequest) co_return next;
  Exchange exchange{place_, client_, request};
  const Next after = co_await exchange.run();
  tunnel_ = exchange.take_tunnel();
  co_return after;
}

// kRequest: it has been read. A client that goes away between two requests has done nothing wrong.
net::Task<Next> Session::read_head(Request& request) {
  Input& input = client_.input;
  std::size_t searched = 0;
  for (;;) {
    const http::HeadSearch search = http::find_head_end(input.text(), searched);
    if (search.fault != http::Fault::kNone)
      co_return co_await refuse(http::answer_of(search.fault));
    if (search.size > 0) {
      const http::Fault fault =
          http::read_request_head(input.bytes().first(search.size), request.head);
      if (fault != http::Fault::kNone) co_return co_await refuse(http::answer_of(fault));
      input.use(search.size);
      co_return Next::kRequest;
    }
    // One deadline from the first byte to the last: a byte now and then does not move it.
    if (searched == 0 && !input.empty()) client_.stream.set_deadline(place_.now() + head_timeout_);
    searched = input.bytes().size();
    if (!input.make_room(place_.buffers)) co_return Next::kClose;
    const Result<std::size_t> received = co_await client_.stream.read_some(input.room());
    if (received.has_value() && *received > 0) {
      input.received(*received);
    } else if (received.has_error() && received.error().code == ErrorCode::kTimeout &&
               searched > 0) {
      co_return co_await refuse(http::answer_of(received.error()));
    } else {
      co_return Next::kClose;
    }
  }
}

net::Task<Next> Session::refuse(const http::ErrorAnswer& answer) {
  (answer.status == kRequestTimeout ? place_.cell.client_timeouts : place_.cell.requests_malformed)
      .add();
  const http::AnswerContext context{.request_id = {}, .date = place_.date.text(place_.now())};
  const bool is_sent = co_await send_answer(place_, client_, answer, context);
  co_return is_sent ? Next::kLinger : Next::kClose;
}

// Closing with unread bytes resets the connection, and a reset can overtake our last answer (RFC
// 9112 section 9.6).
net::Task<void> Session::linger() {
  client_.stream.shutdown_write();
  client_.stream.set_deadline(place_.now() + limits::kLingerTime);
  for (;;) {
    client_.input.use(client_.input.bytes().size());
    client_.input.forget_used();
    const Result<void> ready = co_await client_.stream.readable();
    if (ready.has_error() || !client_.input.make_room(place_.buffers)) co_return;
    const Result<std::size_t> received = co_await client_.stream.read_some(client_.input.room());
    if (received.has_error() || *received == 0) co_return;
  }
}

}  // namespace crossfade
