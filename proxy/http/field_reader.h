#pragma once

#include <cstdint>

#include "proxy/http/fault.h"
#include "proxy/http/head.h"

namespace crossfade::http {

// Reads one field line at `at` and moves `at` behind its CRLF. Also used for trailers.
// Faults: kHeaderName, kHeaderValue, kLineEnd. RFC 9112 section 5, without line folding.
Fault read_field(const char*& at, const char* end, Header& field);

// Reads field lines up to the empty line, which must be the last of [at, end).
Fault read_fields(const char* at, const char* end, Headers& headers);

// What the Content-Length fields say. Several equal values count as one. Requires: there is one.
Fault read_content_length(const Headers& headers, std::uint64_t& length);

// kNone: the one Transfer-Encoding is exactly "chunked". Requires: there is one.
Fault check_transfer_encoding(const Headers& headers, std::uint8_t version_minor);

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

// Reads the Connection fields, and marks the fields that they name kHopByHop unless we act upon
// these ourselves: a peer must not make us drop what protects the next hop. Fault: kHeaderValue,
// for more than a few names.
Fault read_connection(Headers& headers, ConnectionOptions& options);

// Whether the peer wants this connection to live on after the message. RFC 9112 section 9.3.
inline bool is_keep_alive(ConnectionOptions options, std::uint8_t version_minor) {
  return !options.close && (version_minor == 1 || options.keep_alive);
}

}  // namespace crossfade::http
