#include "proxy/http/head_reader.h"

#include <algorithm>

#include "proxy/http/authority.h"
#include "proxy/http/field_reader.h"
#include "proxy/http/path.h"
#include "proxy/http/scan.h"
#include "proxy/http/token_list.h"
#include "proxy/http/version.h"

namespace crossfade::http {
namespace {

constexpr std::size_t kLeadingLinesMax = 4;  // RFC 9112 section 2.2 asks for at least one

std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// The bytes of a view of the caller's buffer, which he lends us to write in.
std::span<char> writable(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

std::size_t leading_lines(std::string_view bytes) {
  std::size_t size = 0;
  while (size < 2 * kLeadingLinesMax && bytes.substr(size).starts_with("\r\n")) size += 2;
  return size;
}

Method method_of(std::string_view text) {
  switch (text.size()) {
    case 3: return text == "GET" ? Method::kGet : text == "PUT" ? Method::kPut : Method::kOther;
    case 4: return text == "POST" ? Method::kPost : text == "HEAD" ? Method::kHead : Method::kOther;
    case 5:
      return text == "PATCH" ? Method::kPatch : text == "TRACE" ? Method::kTrace : Method::kOther;
    case 6: return text == "DELETE" ? Method::kDelete : Method::kOther;
    case 7:
      return text == "OPTIONS"   ? Method::kOptions
             : text == "CONNECT" ? Method::kConnect
                                 : Method::kOther;
    default: return Method::kOther;
  }
}

// "scheme://authority[/path][?query]" in place. RFC 9112 section 3.2.2.
Fault read_absolute_target(std::span<char> text, RequestHead& head) {
  const std::string_view whole(text.data(), text.size());
  const std::size_t colon = whole.find(':');
  if (colon == std::string_view::npos) return Fault::kTarget;
  const std::string_view scheme = whole.substr(0, colon);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))
    return Fault::kTarget;
  if (!whole.substr(colon).starts_with("://")) return Fault::kTarget;
  const std::span<char> rest = text.subspan(colon + 3);
  const auto is_end = [](char c) { return c == '/' || c == '?'; };
  const auto end = std::find_if(rest.begin(), rest.end(), is_end);
  const bool is_bare = end == rest.end();
  std::span<char> authority(rest.begin(), end);
  std::span<char> target(end, rest.end());
  if (is_bare || *end == '?') {
    // An empty path is sent as "/": moving the authority over the slash before it makes room.
    for (char& c : authority) (&c)[-1] = c;
    authority = {authority.data() - 1, authority.size()};
    target = {target.data() - 1, target.size() + 1};
    target.front() = '/';
  }

  const auto read = read_authority(authority);
  if (!read) return Fault::kAuthority;
  head.authority = *read;
  head.form = TargetForm::kAbsolute;
  // RFC 9112 section 3.2.4: OPTIONS of a whole server.
  if (head.method == Method::kOptions && is_bare) target.front() = '*';
  head.target = {target.data(), target.size()};
  return Fault::kNone;
}

// Decides the form of the target and makes it canonical.
Fault read_target(std::span<char> text, RequestHead& head) {
  head.target = {text.data(), text.size()};
  if (head.method == Method::kConnect) {
    head.form = TargetForm::kAuthority;
    const auto authority = read_authority(text);
    if (!authority || authority->port == 0) return Fault::kTarget;
    head.authority = *authority;
    return Fault::kNone;
  }
  if (head.target == "*") {
    if (head.method != Method::kOptions) return Fault::kTarget;
    head.form = TargetForm::kAsterisk;
    head.path = head.target;
    return Fault::kNone;
  }
  if (text.front() != '/') {
    if (const Fault fault = read_absolute_target(text, head); fault != Fault::kNone) return fault;
  }
  if (head.target == "*") {
    head.path = head.target;
    return Fault::kNone;
  }
  const auto canonical = canonical_target(writable(head.target));
  if (!canonical) return Fault::kPath;
  head.target = canonical->target;
  head.path = canonical->path;
  return Fault::kNone;
}

// Reads "method SP target SP version CRLF" at `at` and moves it behind.
Fault read_request_line(char*& at, char* end, RequestHead& head) {
  char* method_end = at;
  while (method_end != end && is_token_byte(*method_end)) ++method_end;
  if (method_end == at || method_end == end || *method_end != ' ') return Fault::kStartLine;
  head.method_text = view(at, method_end);
  head.method = method_of(head.method_text);

  char* const target = method_end + 1;
  char* const target_end = target + (find_target_end(target, end) - target);
  if (target_end == target || target_end == end) return Fault::kStartLine;
  if (*target_end != ' ')
    return *target_end == '\r' || *target_end == '\n' ? Fault::kStartLine : Fault::kTarget;

  const std::string_view rest = view(target_end + 1, end);
  if (const Fault fault = read_version(rest, head.version_minor); fault != Fault::kNone)
    return fault;
  if (!rest.substr(kVersionBytes).starts_with("\r\n")) return Fault::kStartLine;
  at = target_end + 1 + kVersionBytes + 2;
  return read_target({target, target_end}, head);
}

// Requires: the target is of absolute-form, "http..." or "https...".
bool is_https_target(const RequestHead& head) {
  const std::size_t begin = head.bytes.find(' ') + 1;
  return (head.bytes[begin + 4] | 0x20) == 's';
}

// Exactly one place is meant, however often it is written. RFC 9112 section 3.2.
Fault settle_authority(RequestHead& head) {
  Authority host;
  if (head.headers.has(HeaderId::kHost)) {
    for (const Header& header : head.headers) {
      if (header.id != HeaderId::kHost) continue;
      const auto read = read_authority(writable(header.value));
      if (!read || (!host.text.empty() && host.text != read->text)) return Fault::kAuthority;
      host = *read;
    }
  } else if (head.version_minor == 1) {
    return Fault::kAuthority;
  }
  if (head.authority.text.empty()) {
    head.authority = host;
    return Fault::kNone;
  }
  if (host.text.empty()) return Fault::kNone;
  const std::uint16_t port = head.method == Method::kConnect || is_https_target(head) ? 443 : 80;
  return is_same_authority(head.authority, host, port) ? Fault::kNone : Fault::kAuthority;
}

Fault settle_request_framing(RequestHead& head) {
  const bool has_length = head.headers.has(HeaderId::kContentLength);
  if (head.headers.has(HeaderId::kTransferEncoding)) {
    if (const Fault fault = check_transfer_encoding(head.headers, head.version_minor);
        fault != Fault::kNone) {
      return fault;
    }
    if (has_length) return Fault::kTransferEncoding;  // the classic of request smuggling
    head.framing = Framing::kChunked;
    return Fault::kNone;
  }
  if (!has_length) return Fault::kNone;
  head.framing = Framing::kLength;
  return read_content_length(head.headers, head.content_length);
}

// The one protocol to upgrade to: WebSocket if offered, else the first that is not h2c.
std::string_view choose_protocol(const Headers& headers) {
  std::string_view chosen;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kUpgrade) continue;
    for (std::string_view list = header.value; !list.empty();) {
      const std::string_view protocol = take_member(list);
      if (equal_ignoring_case(protocol, "websocket")) return protocol;
      const bool is_usable = std::all_of(protocol.begin(), protocol.end(),
                                         [](char c) { return is_token_byte(c) || c == '/'; });
      if (chosen.empty() && is_usable && !equal_ignoring_case(protocol, "h2c")) chosen = protocol;
    }
  }
  return chosen;
}

bool has_body(const RequestHead& head) {
  return head.framing == Framing::kChunked || head.content_length > 0;
}

Fault settle_connection(RequestHead& head) {
  ConnectionOptions options;
  if (head.headers.has(HeaderId::kConnection)) {
    if (const Fault fault = read_connection(head.headers, options); fault != Fault::kNone)
      return fault;
  }
  head.keep_alive = is_keep_alive(options, head.version_minor);
  if (options.upgrade && head.version_minor == 1 && head.headers.has(HeaderId::kUpgrade)) {
    head.upgrade = choose_protocol(head.headers);
    if (!head.upgrade.empty() && has_body(head)) return Fault::kUpgradeWithBody;
  }
  if (const Header* te = head.headers.find(HeaderId::kTe))
    head.te_trailers = has_member(te->value, "trailers");
  if (const Header* expect = head.headers.find(HeaderId::kExpect);
      expect != nullptr && head.version_minor == 1) {
    if (!equal_ignoring_case(expect->value, "100-continue")) return Fault::kUnknownExpectation;
    head.expect_continue = has_body(head);
  }
  return Fault::kNone;
}

void clear(RequestHead& head) {
  head.method = Method::kOther;
  head.form = TargetForm::kOrigin;
  head.framing = Framing::kNone;
  head.version_minor = 1;
  head.keep_alive = true;
  head.expect_continue = false;
  head.te_trailers = false;
  head.method_text = head.target = head.path = head.upgrade = {};
  head.authority = {};
  head.content_length = 0;
  head.headers.clear();
}

}  // namespace

HeadSearch find_head_end(std::string_view bytes, std::size_t searched) {
  const std::size_t begin = leading_lines(bytes);
  const std::size_t from = std::max(begin, std::min(searched, bytes.size()));
  // What the last two bytes before a block were, as the bits of its first bytes.
  std::uint32_t after_cr = from >= 1 && bytes[from - 1] == '\r' ? 1 : 0;
  std::uint32_t after_lf = (from >= 2 && bytes[from - 2] == '\n' ? 1 : 0) |
                           (from >= 1 && bytes[from - 1] == '\n' ? 2 : 0);
  const auto classify = [&](Block block) {
    const std::uint32_t cr = block.equal('\r');
    const std::uint32_t lf = block.equal('\n');
    const std::uint32_t bare = lf & ~(cr << 1 | after_cr);
    const std::uint32_t last = lf & (lf << 2 | after_lf);
    after_cr = cr >> 15;
    after_lf = lf >> 14;
    return bare | last;
  };

  const char* const end = bytes.data() + bytes.size();
  const char* const lf = find_byte(bytes.data() + from, end, classify);
  if (lf == end) {
    return {0, bytes.size() >= limits::kHeadBytesMax ? Fault::kTooLong : Fault::kNone};
  }
  const auto size = static_cast<std::size_t>(lf - bytes.data()) + 1;
  if (size < 2 || lf[-1] != '\r') return {0, Fault::kLineEnd};
  if (size > limits::kHeadBytesMax) return {0, Fault::kTooLong};
  if (size < begin + 3) return {0, Fault::kStartLine};  // one empty line too many
  return {size, Fault::kNone};
}

Fault read_request_head(std::span<char> bytes, RequestHead& head) {
  clear(head);
  head.bytes = {bytes.data(), bytes.size()};
  char* at = bytes.data() + leading_lines(head.bytes);
  char* const end = bytes.data() + bytes.size();
  Fault fault = read_request_line(at, end, head);
  if (fault == Fault::kNone) fault = read_fields(at, end, head.headers);
  if (fault == Fault::kNone) fault = settle_authority(head);
  if (fault == Fault::kNone) fault = settle_request_framing(head);
  if (fault == Fault::kNone) fault = settle_connection(head);
  if (fault != Fault::kNone) return fault;
  if (head.method == Method::kConnect && has_body(head)) return Fault::kStartLine;
  return head.method == Method::kConnect || head.method == Method::kTrace ? Fault::kMethodRefused
                                                                          : Fault::kNone;
}

}  // namespace crossfade::http
