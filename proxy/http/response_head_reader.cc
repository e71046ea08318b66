#include "proxy/http/field_reader.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/scan.h"
#include "proxy/http/token_list.h"
#include "proxy/http/version.h"

namespace crossfade::http {
namespace {

// Reads "version SP 3DIGIT [SP reason] CRLF" at `at` and moves it behind. The blank before an empty
// reason is often left out, and nothing is ambiguous without it.
Fault read_status_line(const char*& at, const char* end, ResponseHead& head) {
  const std::string_view text(at, static_cast<std::size_t>(end - at));
  if (const Fault fault = read_version(text, head.version_minor); fault != Fault::kNone)
    return fault;
  const std::string_view rest = text.substr(kVersionBytes);
  if (rest.size() < 6 || rest[0] != ' ') return Fault::kStartLine;
  if (!is_digit(rest[1]) || !is_digit(rest[2]) || !is_digit(rest[3])) return Fault::kStartLine;
  const int status = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
  if (status < 100 || status > 599) return Fault::kStartLine;
  head.status = static_cast<std::uint16_t>(status);

  const char* const reason = rest.data() + 4;
  const char* const line_end = find_value_end(reason, end);
  if (end - line_end < 2 || line_end[0] != '\r' || line_end[1] != '\n') return Fault::kStartLine;
  if (line_end != reason && *reason != ' ') return Fault::kStartLine;
  head.reason = trim_blanks({reason, static_cast<std::size_t>(line_end - reason)});
  at = line_end + 2;
  return Fault::kNone;
}

// RFC 9112 section 6.3.
Fault settle_response_framing(ResponseHead& head, Method request_method) {
  const bool is_chunked = head.headers.has(HeaderId::kTransferEncoding);
  head.has_content_length = head.headers.has(HeaderId::kContentLength);
  if (is_chunked) {
    if (const Fault fault = check_transfer_encoding(head.headers, head.version_minor);
        fault != Fault::kNone) {
      return fault;
    }
    // Not refused as in requests, for clients cannot help it; but nothing after this body is
    // believed.
    if (head.has_content_length) head.keep_alive = false;
    head.has_content_length = false;
  }
  if (head.has_content_length) {
    if (const Fault fault = read_content_length(head.headers, head.content_length);
        fault != Fault::kNone) {
      return fault;
    }
  }
  const bool is_bodiless = request_method == Method::kHead || head.status < 200 ||
                           head.status == 204 || head.status == 304;
  // A 204 must not announce a body (RFC 9112 section 6.1): if it came after all, it would be taken
  // for the next response.
  if (head.status == 204 && (is_chunked || head.content_length > 0)) head.keep_alive = false;
  if (is_bodiless) {
    head.framing = Framing::kNone;
  } else if (is_chunked) {
    head.framing = Framing::kChunked;
  } else if (head.has_content_length) {
    head.framing = Framing::kLength;
  } else {
    head.framing = Framing::kUntilClose;
    head.keep_alive = false;
  }
  return Fault::kNone;
}

Fault settle_connection(ResponseHead& head) {
  ConnectionOptions options;
  if (head.headers.has(HeaderId::kConnection)) {
    if (const Fault fault = read_connection(head.headers, options); fault != Fault::kNone)
      return fault;
  }
  head.keep_alive = is_keep_alive(options, head.version_minor);
  const Header* upgrade = head.headers.find(HeaderId::kUpgrade);
  if (head.status == 101 && upgrade != nullptr) head.upgrade = upgrade->value;
  return Fault::kNone;
}

void clear(ResponseHead& head) {
  head.status = 0;
  head.framing = Framing::kNone;
  head.version_minor = 1;
  head.keep_alive = true;
  head.has_content_length = false;
  head.reason = head.upgrade = {};
  head.content_length = 0;
  head.headers.clear();
}

}  // namespace

Fault read_response_head(std::span<char> bytes, Method request_method, ResponseHead& head) {
  clear(head);
  head.bytes = {bytes.data(), bytes.size()};
  const char* at = bytes.data();
  const char* const end = bytes.data() + bytes.size();
  Fault fault = read_status_line(at, end, head);
  if (fault == Fault::kNone) fault = read_fields(at, end, head.headers);
  if (fault == Fault::kNone) fault = settle_connection(head);
  if (fault == Fault::kNone) fault = settle_response_framing(head, request_method);
  return fault;
}

}  // namespace crossfade::http
