#include "proxy/http/error_answer.h"

#include "config/base/verify.h"
#include "proxy/http/text_writer.h"

namespace crossfade::http {
namespace {

ErrorAnswer answer_of_upstream(ErrorCode code) {
  constexpr Side kSide = Side::kUpstream;
  switch (code) {
    case ErrorCode::kTimeout:
      return {504, kSide, "upstream-timeout", "The service did not answer in time."};
    case ErrorCode::kConnectTimeout:
      return {504, kSide, "upstream-connect-timeout", "The service could not be reached in time."};
    case ErrorCode::kConnectRefused:
    case ErrorCode::kConnectFailed:
      return {502, kSide, "upstream-unreachable", "The service could not be reached."};
    case ErrorCode::kClosed:
    case ErrorCode::kReset:
      return {502, kSide, "upstream-closed", "The service closed the connection too early."};
    case ErrorCode::kNoEndpoint:
    case ErrorCode::kUnavailable:
    case ErrorCode::kFull:
      return {503, kSide, "upstream-unavailable",
              "The service has no place for this request at present."};
    default:
      return {502, kSide, "upstream-malformed",
              "The service gave an answer that breaks the protocol."};
  }
}

ErrorAnswer answer_of_client(ErrorCode code) {
  constexpr Side kSide = Side::kClient;
  switch (code) {
    case ErrorCode::kTimeout:
      return {408, kSide, "request-timeout", "The request did not arrive in time."};
    case ErrorCode::kHeadTooLong:
      return {431, kSide, "request-head-too-long",
              "The request head is too long or has too many fields."};
    case ErrorCode::kBodyTooLong:
      return {413, kSide, "request-body-too-long", "The request body is too long."};
    case ErrorCode::kUnsupported:
      return {501, kSide, "unsupported", "The request needs what is not offered here."};
    default: return {400, kSide, "request-malformed", "The request breaks the protocol."};
  }
}

ErrorAnswer answer_of_self(ErrorCode code) {
  constexpr Side kSide = Side::kSelf;
  switch (code) {
    case ErrorCode::kNotFound: return answer_no_route();
    case ErrorCode::kNoEndpoint:
    case ErrorCode::kUnavailable:
    case ErrorCode::kFull:
    case ErrorCode::kTimeout:
      return {503, kSide, "proxy-overloaded", "The proxy cannot take this request at present."};
    default: return {500, kSide, "proxy-failure", "The proxy failed."};
  }
}

std::string_view reason_of(std::uint16_t status) {
  switch (status) {
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Internal Server Error";
  }
}

// Nothing here needs escaping: titles and types are ours, a request id has no quote and no control
// character.
std::size_t write_body(std::span<char> room, const ErrorAnswer& answer,
                       std::string_view request_id) {
  TextWriter out{room};
  out.put("{\"type\":\"urn:crossfade:error:");
  out.put(answer.type);
  out.put("\",\"title\":\"");
  out.put(answer.title);
  out.put("\",\"status\":");
  out.number(answer.status);
  out.put(",\"side\":\"");
  out.put(to_string(answer.side));
  if (!request_id.empty()) {
    out.put("\",\"request_id\":\"");
    out.put(request_id);
  }
  out.put("\"}\n");
  return out.size();
}

}  // namespace

ErrorAnswer answer_of(const Error& error) {
  switch (error.side) {
    case Side::kClient: return answer_of_client(error.code);
    case Side::kUpstream: return answer_of_upstream(error.code);
    case Side::kSelf: break;
  }
  return answer_of_self(error.code);
}

ErrorAnswer answer_of(Fault fault) {
  VERIFY(fault != Fault::kNone);
  const std::uint16_t status = status_of(fault);
  const std::string_view type = status == 400   ? "request-malformed"
                                : status == 431 ? "request-head-too-long"
                                                : "unsupported";
  return {status, Side::kClient, type, to_string(fault)};
}

ErrorAnswer answer_no_route() {
  return {404, Side::kClient, "no-route", "Nothing is served under this name and path."};
}

std::size_t write_error_answer(std::span<char> room, const ErrorAnswer& answer,
                               const AnswerContext& context) {
  char body[512];
  const std::size_t body_size = write_body(body, answer, context.request_id);
  VERIFY(body_size > 0);

  TextWriter out{room};
  out.put("HTTP/1.1 ");
  out.number(answer.status);
  out.line(" ", reason_of(answer.status), "\r\nContent-Type: application/problem+json");
  if (answer.status == 405) out.put("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
  if (!context.date.empty()) out.line("Date: ", context.date);
  if (!context.request_id.empty()) out.line("x-request-id: ", context.request_id);
  out.put("Content-Length: ");
  out.number(body_size);
  // Said also when it is the default: an HTTP/1.0 client cannot know.
  out.line(context.keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
  out.put("\r\n");
  if (!context.is_head_only) out.put({body, body_size});
  return out.size();
}

}  // namespace crossfade::http
