#include "proxy/http/fault.h"

#include "config/base/verify.h"

namespace crossfade::http {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kNone: return "none";
    case Fault::kTooLong: return "the head is too long or has too many fields";
    case Fault::kLineEnd: return "a line does not end in CRLF";
    case Fault::kStartLine: return "the first line is malformed";
    case Fault::kVersion: return "the version is neither HTTP/1.0 nor HTTP/1.1";
    case Fault::kTarget: return "the request target is malformed";
    case Fault::kPath: return "the path has an ambiguous spelling";
    case Fault::kAuthority: return "the host is missing, malformed or contradictory";
    case Fault::kHeaderName: return "a field name is malformed";
    case Fault::kHeaderValue: return "a field value is malformed";
    case Fault::kContentLength: return "the content length is malformed or contradictory";
    case Fault::kTransferEncoding: return "the transfer encoding is malformed or contradictory";
    case Fault::kUnknownCoding: return "the transfer coding is not supported";
    case Fault::kUnknownExpectation: return "the expectation is not supported";
    case Fault::kMethodRefused: return "the method is not allowed";
    case Fault::kUpgradeWithBody: return "an upgrade request has a body";
    case Fault::kUnaskedUpgrade: return "an upgrade that was not asked for";
    case Fault::kChunk: return "a chunk is malformed";
    case Fault::kChunkOverhead: return "the chunks are mostly framing";
    case Fault::kTrailer: return "the trailers are malformed or too long";
  }
  return "unknown";
}

std::uint16_t status_of(Fault fault) {
  switch (fault) {
    case Fault::kTooLong: return 431;
    case Fault::kVersion: return 505;
    case Fault::kUnknownCoding: return 501;
    case Fault::kUnknownExpectation: return 417;
    case Fault::kMethodRefused: return 405;
    default: return 400;
  }
}

Error error_of(Fault fault, Side side) {
  VERIFY(fault != Fault::kNone);
  const auto code = [fault] {
    switch (fault) {
      case Fault::kTooLong: return ErrorCode::kHeadTooLong;
      case Fault::kContentLength:
      case Fault::kTransferEncoding:
      case Fault::kUpgradeWithBody: return ErrorCode::kFramingAmbiguous;
      case Fault::kVersion:
      case Fault::kUnknownCoding:
      case Fault::kUnknownExpectation:
      case Fault::kMethodRefused: return ErrorCode::kUnsupported;
      case Fault::kChunk:
      case Fault::kChunkOverhead:
      case Fault::kTrailer: return ErrorCode::kBodyMalformed;
      default: return ErrorCode::kHeadMalformed;
    }
  }();
  return {code, side, Retry::kNever};
}

}  // namespace crossfade::http
