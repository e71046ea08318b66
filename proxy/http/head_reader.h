#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "proxy/http/fault.h"
#include "proxy/http/head.h"

namespace crossfade::http {

struct HeadSearch {
  std::size_t size = 0;        // of the head, empty line included; 0: not all here yet
  Fault fault = Fault::kNone;  // kLineEnd or kTooLong: more bytes cannot make it a head
};

// Looks for the empty line that ends a head. `searched`: how many of these bytes an earlier call
// has seen, so that a slow sender costs each byte once. At most four empty lines before the start
// line belong to the head.
HeadSearch find_head_end(std::string_view bytes, std::size_t searched = 0);

// Reads one whole head in place: makes the target canonical, the host lower case, and decides the
// framing. `bytes` is exactly what find_head_end() measured. `head` is cleared first and valid only
// when kNone is returned. CONNECT and TRACE that are well formed come back as kMethodRefused.
Fault read_request_head(std::span<char> bytes, RequestHead& head);

// As above, for the answer to a request with `request_method`. Every fault is the upstream's.
// Whether a 101 was asked for is for accepts_upgrade() of upgrade.h to say.
Fault read_response_head(std::span<char> bytes, Method request_method, ResponseHead& head);

}  // namespace crossfade::http
