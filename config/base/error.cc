#include "config/base/error.h"

namespace crossfade {

std::string_view to_string(Side side) {
  switch (side) {
    case Side::kClient: return "client";
    case Side::kUpstream: return "upstream";
    case Side::kSelf: return "self";
  }
  return "unknown";
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kForbidden: return "forbidden";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kFull: return "full";
    case ErrorCode::kHeadTooLong: return "head_too_long";
    case ErrorCode::kHeadMalformed: return "head_malformed";
    case ErrorCode::kFramingAmbiguous: return "framing_ambiguous";
    case ErrorCode::kBodyMalformed: return "body_malformed";
    case ErrorCode::kBodyTooLong: return "body_too_long";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kClosed: return "closed";
    case ErrorCode::kReset: return "reset";
    case ErrorCode::kConnectRefused: return "connect_refused";
    case ErrorCode::kConnectTimeout: return "connect_timeout";
    case ErrorCode::kConnectFailed: return "connect_failed";
    case ErrorCode::kNoEndpoint: return "no_endpoint";
  }
  return "unknown";
}

}  // namespace crossfade
