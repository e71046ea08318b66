#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace crossfade {

// Whose fault a failure is. Accounting and error answers go by this, not by status codes.
enum class Side : std::uint8_t { kClient, kUpstream, kSelf };

// Whether the same request may be tried again. The error decides, not a switch at the top.
enum class Retry : std::uint8_t {
  kNever,
  kFreshConnection,  // a reused connection died before it answered: only a new one proves anything
  kYes,
};

enum class ErrorCode : std::uint8_t {
  // general
  kInvalid,      // input that breaks a rule; the message names the place and what was expected
  kNotFound,     // names something that does not exist
  kConflict,     // was true of another version than the present one, or is held by somebody else
  kForbidden,    // not allowed for this caller
  kUnavailable,  // cannot be had now; trying later may work
  kTimeout,      // a deadline passed
  kIo,           // the operating system said no
  kFull,         // a limit of limits.h was reached
  // messages
  kHeadTooLong,
  kHeadMalformed,
  kFramingAmbiguous,
  kBodyMalformed,
  kBodyTooLong,
  kUnsupported,  // understood, but not offered (a transfer coding, a method, a version)
  // connections
  kClosed,  // the peer closed in the middle of a message
  kReset,   // the peer reset the connection
  kConnectRefused,
  kConnectTimeout,
  kConnectFailed,  // any other reason
  kNoEndpoint,     // nobody to send to
};

std::string_view to_string(Side side);
std::string_view to_string(ErrorCode code);

// One failure: what, whose fault, may we retry. The message is for people and is empty on the data
// path.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  Side side = Side::kSelf;
  Retry retry = Retry::kNever;
  std::string message = {};
};

inline Error invalid(std::string message) {
  return {ErrorCode::kInvalid, Side::kClient, Retry::kNever, std::move(message)};
}

}  // namespace crossfade
