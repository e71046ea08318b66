#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "config/base/instant.h"
#include "proxy/http/body_reader.h"
#include "proxy/http/head.h"
#include "proxy/http/request_id.h"
#include "proxy/net/deadlines.h"

namespace crossfade {

// A request as every attempt of its exchange sees it. Views point into the client's buffer.
struct Request {
  http::RequestHead head;
  http::BodyReader body;          // as far as it has been read
  std::span<char> first_payload;  // of the body, what came along with the head
  bool arrived_whole = false;     // first_payload is all: it can be sent any number of times
  std::uint64_t body_bytes = 0;   // of the body, read so far
  http::ExchangeId id;
  Instant deadline = net::Deadline::kNever;  // of the whole exchange

  // When a wait of this length is over, or the exchange is. Zero: no limit of its own.
  Instant until(Instant now, Duration wait) const {
    if (wait == Duration::zero()) return deadline;
    return std::min(now + wait, deadline);
  }
};

}  // namespace crossfade
