// The way of the response: upstream -> client.

#include "proxy/http/fault.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/upgrade.h"
#include "proxy/worker/attempt.h"

namespace crossfade {

net::Task<void> Attempt::download() {
  do {
    co_await read_head();
    if (!error_ && response_.is_informational()) co_await pass_informational();
  } while (!error_ && response_.is_informational());

  if (!error_) {
    is_final_ = true;
    account_.responded(response_.status, place_.now(), config_.slow_threshold);
    if (response_.status == 101) {
      co_await become_tunnel();
    } else if (!is_tried_again_for_status()) {
      co_await begin_response();
      if (!error_ && !is_ended_) co_await relay_response();
    }
  }
  // A request that has not been sent to its end by now is of no use to anybody.
  if (!is_over_) stop_pumps();
}

net::Task<void> Attempt::read_head() {
  std::size_t searched = 0;
  for (;;) {
    const http::HeadSearch search = http::find_head_end(answer_.text(), searched);
    if (search.fault != http::Fault::kNone)
      co_return fail(http::error_of(search.fault, Side::kUpstream));
    if (search.size > 0) {
      const http::Fault fault = http::read_response_head(answer_.bytes().first(search.size),
                                                         request_.head.method, response_);
      if (fault != http::Fault::kNone) co_return fail(http::error_of(fault, Side::kUpstream));
      co_return answer_.use(search.size);
    }
    searched = answer_.bytes().size();
    if (co_await receive() == 0) co_return fail({ErrorCode::kClosed, Side::kUpstream});
  }
}

// More of what the upstream sends; 0 at its end or after a failure. Without a buffer as long as it
// sends nothing.
net::Task<std::size_t> Attempt::receive() {
  Result<void> ready = co_await upstream().readable();
  if (ready.has_error()) {
    fail(std::move(ready).error());
    co_return 0;
  }
  const bool is_bulk =
      response_body_.remaining() >= limits::kBulkBodyBytes || received_ >= limits::kBulkBodyBytes;
  if (!answer_.make_room(place_.buffers, is_bulk)) {
    fail({ErrorCode::kFull, Side::kSelf});
    co_return 0;
  }
  Result<std::size_t> received = co_await upstream().read_some(answer_.room());
  if (received.has_error()) {
    fail(std::move(received).error());
    co_return 0;
  }
  answer_.received(*received);
  is_answered_ = is_answered_ || *received > 0;
  co_return *received;
}

// 1xx before the final response. HTTP/1.0 does not know them.
net::Task<void> Attempt::pass_informational() {
  if (++informational_ > limits::kInformationalMax)
    co_return fail({ErrorCode::kHeadMalformed, Side::kUpstream});
  if (request_.head.version_minor == 0) co_return;
  const net::Buffer out = place_.buffers.plain.take();
  const std::size_t size = http::write_response_head(out.bytes(), response_, response_context());
  if (size == 0) co_return;  // not worth failing for
  Pieces pieces;
  pieces.add({out.bytes().data(), size});
  co_await deliver(pieces);
}

// A status that the service wants tried elsewhere, before a byte of it was passed on.
bool Attempt::is_tried_again_for_status() {
  if (!retries_.covers(response_.status) || !may_be_sent_again() || !retries_.take(place_.now()))
    return false;
  settle();
  is_retry_taken_ = true;
  fail({ErrorCode::kUnavailable, Side::kUpstream, Retry::kYes});
  return true;
}

// The head and what came of the body along with it, in one write.
net::Task<void> Attempt::begin_response() {
  delivery_ = http::plan_delivery(request_.head, response_, place_.is_draining || !is_sent_);
  const net::Buffer out = place_.buffers.plain.take();
  const std::size_t size = http::write_response_head(out.bytes(), response_, response_context());
  if (size == 0) {
    fail(out ? Error{ErrorCode::kHeadTooLong, Side::kUpstream}
             : Error{ErrorCode::kFull, Side::kSelf});
    co_return;
  }
  response_body_ = http::BodyReader{response_.framing, response_.content_length};
  Pieces pieces;
  pieces.add({out.bytes().data(), size});
  if (!take_part(pieces)) co_return;
  pieces.join(out.bytes());
  is_begun_ = true;
  co_await deliver(pieces);
}

net::Task<void> Attempt::relay_response() {
  while (!is_ended_ && !error_) {
    answer_.forget_used();
    // Until then the upload says whose turn it is: an answer may have to wait for more of the
    // request.
    if (is_upload_over_) upstream().set_deadline(until(config_.timeouts.body_progress));
    Pieces pieces;
    if (co_await receive() > 0) {
      if (!take_part(pieces)) co_return;
    } else if (error_ || !response_body_.may_close()) {
      co_return fail({ErrorCode::kClosed, Side::kUpstream});
    } else {
      response_ended();
      if (delivery_.framing == http::Framing::kChunked) pieces.add_end({});
    }
    if (!pieces.empty()) co_await deliver(pieces);
  }
}

// The part of the body that has been received, as the client gets it. False: it is malformed.
bool Attempt::take_part(Pieces& pieces) {
  const http::BodyPart part = response_body_.push(answer_.bytes());
  answer_.use(part.used);
  if (part.fault != http::Fault::kNone) {
    fail(http::error_of(part.fault, Side::kUpstream));
    return false;
  }
  received_ += part.payload.size();
  account_.count_response_bytes(part.payload.size());
  pieces.add_body(delivery_.framing, part.payload, response_body_);
  if (response_body_.done()) response_ended();
  return true;
}

// The upstream has done its part, whatever becomes of the client. The connection is fit for another
// request only if both messages went over it to their end and nothing followed (RFC 9112
// section 9.3).
void Attempt::response_ended() {
  is_ended_ = true;
  settle();
  client_.upstream = nullptr;
  if (is_sent_ && response_.keep_alive && response_body_.done() && answer_.empty()) {
    lease_.keep(config_.pool);
  } else if (is_upload_over_) {
    lease_.close();
  }
}

net::Task<void> Attempt::deliver(Pieces& pieces) {
  for (std::span<iovec> left = pieces.all(); !left.empty();) {
    client_.stream.set_deadline(until(config_.timeouts.body_progress));
    Result<std::size_t> sent = co_await client_.stream.write_some(left);
    if (sent.has_error()) co_return fail(std::move(sent).error());
  }
}

// RFC 9110 section 7.8: after 101 the connection speaks another protocol.
net::Task<void> Attempt::become_tunnel() {
  const http::Fault fault = http::check_upgrade(request_.head, response_);
  if (fault != http::Fault::kNone) co_return fail(http::error_of(fault, Side::kUpstream));
  delivery_ = {.framing = http::Framing::kNone, .keep_alive = true};
  const net::Buffer out = place_.buffers.plain.take();
  const std::size_t size = http::write_response_head(out.bytes(), response_, response_context());
  if (size == 0) co_return fail({ErrorCode::kHeadTooLong, Side::kUpstream});
  Pieces pieces;
  pieces.add({out.bytes().data(), size});
  pieces.add(answer_.text());
  is_begun_ = true;
  co_await deliver(pieces);
  if (error_) co_return;
  settle();
  is_tunnel_ = true;
}

http::ResponseContext Attempt::response_context() {
  return {forwarding_, request_.head, delivery_, place_.date.text(place_.now())};
}

}  // namespace crossfade
