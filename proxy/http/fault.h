#pragma once

// The HTTP/1.1 codec of both sides: bytes in, bytes used out. PURE: no socket, no clock, no random
// device, no logger; nothing is allocated except for trailers. Everything is read in place, so
// every view in a head points into the caller's buffer and lives as long as its bytes do.
//
// One rule governs all readers: what is ambiguous is rejected, never repaired (RFC 9112
// section 11.2), because a proxy that guesses differently from the next hop is how requests are
// smuggled.
//
//   fault.h        why a message was refused          head.h         a request head, a response
//   head head_reader.h  bytes -> head                      head_writer.h  head -> bytes for the
//   next hop body_reader.h  framed bytes -> payload            chunk_writer.h payload -> chunks
//   error_answer.h answers of our own                 upgrade.h      may this connection become a
//   tunnel

#include <cstdint>
#include <string_view>

#include "config/base/error.h"

namespace crossfade::http {

// Why a message was refused. kNone: it was not. A value without allocation: the data path passes it
// by register.
enum class Fault : std::uint8_t {
  kNone,
  kTooLong,  // the head is over limits::kHeadBytesMax, or has more than limits::kHeadersMax fields
  kLineEnd,  // a line that does not end in CRLF; CR, LF or NUL elsewhere
  kStartLine,  // request or status line that is not one
  kVersion,    // neither HTTP/1.0 nor HTTP/1.1
  kTarget,     // request target of a forbidden form or with forbidden characters
  kPath,  // path that cannot be made canonical: %2f %5c %00, backslash, above the root, bad escape
  kAuthority,         // Host missing, doubled, malformed or unlike the target's authority
  kHeaderName,        // empty, not a token, blank before the colon, no colon, folded line
  kHeaderValue,       // control character in a value
  kContentLength,     // not 1*DIGIT, out of range, or several that differ
  kTransferEncoding,  // chunked doubled, not last, with a Content-Length, in HTTP/1.0, or an empty
                      // list member
  kUnknownCoding,     // a transfer coding that we do not offer
  kUnknownExpectation,  // Expect is not 100-continue
  kMethodRefused,       // CONNECT and TRACE are not offered
  kUpgradeWithBody,     // an upgrade request that also has a body
  kUnaskedUpgrade,      // 101 to a request that did not ask for it, or with another protocol
  kChunk,               // malformed chunk size, extension or end of chunk
  kChunkOverhead,       // far more framing than payload
  kTrailer,             // malformed or too many trailers
};

std::string_view to_string(Fault fault);

// The status to answer a client with whose request was refused: 400, 405, 417, 431, 501 or 505.
// A response of an upstream that was refused is always a 502.
std::uint16_t status_of(Fault fault);

// Requires: fault != kNone.
Error error_of(Fault fault, Side side);

}  // namespace crossfade::http
