// The way of the request: client -> upstream.

#include "proxy/http/fault.h"
#include "proxy/http/head_writer.h"
#include "proxy/worker/attempt.h"

namespace crossfade {

net::Task<void> Attempt::upload() {
  co_await send_head();
  while (!request_.body.done() && !is_broken_ && !is_over_) co_await send_part();
  is_upload_over_ = true;
}

// The head and what came of the body along with it, in one write.
net::Task<void> Attempt::send_head() {
  const net::Buffer out = place_.buffers.plain.take();
  const http::ForwardingContext context{
      .config = forwarding_,
      .client_address = client_.address,
      .expect_continue = request_.head.expect_continue && !request_.arrived_whole,
      .id = request_.id};
  const std::size_t size = http::write_request_head(out.bytes(), request_.head, context);
  if (size == 0) {
    fail(out ? Error{ErrorCode::kHeadTooLong, Side::kClient}
             : Error{ErrorCode::kFull, Side::kSelf});
    co_return;
  }
  Pieces pieces;
  pieces.add({out.bytes().data(), size});
  pieces.add_body(request_.head.framing, request_.first_payload, request_.body);
  pieces.join(out.bytes());
  const std::size_t first = pieces.all()[0].iov_len;
  co_await send(pieces);
  is_untouched_ = is_broken_ && pieces.all()[0].iov_len == first;
  if (!is_broken_) account_.count_request_bytes(request_.first_payload.size());
}

// Whatever the client has sent since. Without a buffer as long as it sends nothing.
net::Task<void> Attempt::send_part() {
  client_.stream.set_deadline(until(config_.timeouts.body_progress));
  Result<void> ready = co_await client_.stream.readable();
  if (ready.has_error()) co_return fail(std::move(ready).error());
  const bool is_bulk = request_.body.remaining() >= limits::kBulkBodyBytes;
  if (!upload_.make_room(place_.buffers, is_bulk)) co_return fail({ErrorCode::kFull, Side::kSelf});
  Result<std::size_t> received = co_await client_.stream.read_some(upload_.room());
  if (received.has_error()) co_return fail(std::move(received).error());
  if (*received == 0) co_return fail({ErrorCode::kClosed, Side::kClient});
  upload_.received(*received);

  const http::BodyPart part = request_.body.push(upload_.bytes());
  upload_.use(part.used);
  if (part.fault != http::Fault::kNone) co_return fail(http::error_of(part.fault, Side::kClient));
  request_.body_bytes += part.payload.size();
  if (config_.request_body_max > 0 && request_.body_bytes > config_.request_body_max)
    co_return fail({ErrorCode::kBodyTooLong, Side::kClient});
  Pieces pieces;
  pieces.add_body(request_.head.framing, part.payload, request_.body);
  if (!pieces.empty()) co_await send(pieces);
  account_.count_request_bytes(part.payload.size());
  upload_.forget_used();
}

net::Task<void> Attempt::send(Pieces& pieces) {
  const bool is_last = request_.body.done();
  for (std::span<iovec> left = pieces.all(); !left.empty();) {
    upstream().set_deadline(until(config_.timeouts.body_progress));
    Result<std::size_t> sent = co_await upstream().write_some(left);
    if (is_over_) co_return;
    if (sent.has_error()) co_return sending_failed(std::move(sent).error());
  }
  if (is_last) {
    request_ended();
  } else {
    upstream().set_deadline(request_.deadline);  // now it is the client's turn
  }
}

// It may have answered before it stopped reading: then download() finds the answer, or the failure.
void Attempt::sending_failed(Error error) {
  if (error.code == ErrorCode::kTimeout) return fail(std::move(error));
  is_broken_ = is_upload_over_ = true;
  await_answer();
}

void Attempt::request_ended() {
  is_sent_ = is_upload_over_ = true;
  account_.sent(place_.now());
  await_answer();
}

// From now on it is the upstream's turn.
void Attempt::await_answer() {
  upstream().set_deadline(
      until(is_final_ ? config_.timeouts.body_progress : config_.timeouts.response_head));
}

}  // namespace crossfade
