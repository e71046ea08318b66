#include "proxy/http/field_reader.h"

#include <algorithm>
#include <array>
#include <functional>

#include "proxy/http/scan.h"
#include "proxy/http/token_list.h"

namespace crossfade::http {
namespace {

constexpr std::uint32_t kConnectionOptionsMax = 32;

std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// What a name that header_id() does not know is by its beginning.
HeaderId family_of(std::string_view name) {
  if (starts_with_ignoring_case(name, "x-forwarded-")) return HeaderId::kXForwarded;
  if (starts_with_ignoring_case(name, "proxy-")) return HeaderId::kHopByHop;
  return HeaderId::kOther;
}

bool is_plain(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-';
}

// Whether the name becomes one that we act upon when every sign is read as '-'. CGI makes all of
// them '_', and so do its heirs with some or all.
bool is_lookalike(std::string_view name) {
  std::array<char, 32> room;  // longer than every known name and every beginning
  name = name.substr(0, room.size());
  std::replace_copy_if(name.begin(), name.end(), room.begin(), std::not_fn(is_plain), '-');
  const std::string_view hyphenated(room.data(), name.size());
  return header_id(hyphenated) != HeaderId::kOther || family_of(hyphenated) != HeaderId::kOther;
}

// A name that header_id() does not know: checks its bytes, which knowing it would have proved.
Fault classify_other(std::string_view name, HeaderId& id) {
  bool has_signs = false;
  for (const char c : name) {
    if (!is_token_byte(c)) return Fault::kHeaderName;
    has_signs |= !is_plain(c);
  }
  id = has_signs && is_lookalike(name) ? HeaderId::kLookalike : family_of(name);
  return Fault::kNone;
}

Fault read_length(std::string_view digits, std::uint64_t& length) {
  if (digits.empty() || digits.size() > 18) return Fault::kContentLength;
  length = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return Fault::kContentLength;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length <= limits::kBodyBytesMax ? Fault::kNone : Fault::kContentLength;
}

void mark_hop_by_hop(Headers& headers, std::string_view name) {
  for (Header& header : headers.items()) {
    if (header.id == HeaderId::kOther && equal_ignoring_case(header.name, name))
      header.id = HeaderId::kHopByHop;
  }
}

void read_option(Headers& headers, std::string_view option, ConnectionOptions& options) {
  if (equal_ignoring_case(option, "keep-alive")) {
    options.keep_alive = true;
  } else if (equal_ignoring_case(option, "close")) {
    options.close = true;
  } else if (equal_ignoring_case(option, "upgrade")) {
    options.upgrade = true;
  } else {
    mark_hop_by_hop(headers, option);
  }
}

}  // namespace

Fault read_field(const char*& at, const char* end, Header& field) {
  const char* const name_end = find_name_end(at, end);
  if (name_end == at || name_end == end || *name_end != ':') return Fault::kHeaderName;
  field.name = view(at, name_end);
  field.id = header_id(field.name);
  if (field.id == HeaderId::kOther) {
    if (const Fault fault = classify_other(field.name, field.id); fault != Fault::kNone)
      return fault;
  }

  const char* value = name_end + 1;
  while (value != end && is_blank(*value)) ++value;
  const char* const line_end = find_value_end(value, end);
  if (end - line_end < 2) return Fault::kLineEnd;
  if (line_end[0] != '\r' || line_end[1] != '\n') {
    const bool is_line_end = *line_end == '\r' || *line_end == '\n';
    return is_line_end ? Fault::kLineEnd : Fault::kHeaderValue;
  }
  const char* value_end = line_end;
  while (value_end != value && is_blank(value_end[-1])) --value_end;
  field.value = view(value, value_end);
  at = line_end + 2;
  return Fault::kNone;
}

Fault read_fields(const char* at, const char* end, Headers& headers) {
  while (at != end && *at != '\r') {
    if (headers.is_full()) return Fault::kTooLong;
    Header field;
    if (const Fault fault = read_field(at, end, field); fault != Fault::kNone) return fault;
    headers.add(field);
  }
  return view(at, end) == "\r\n" ? Fault::kNone : Fault::kLineEnd;
}

Fault read_content_length(const Headers& headers, std::uint64_t& length) {
  bool is_first = true;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kContentLength) continue;
    std::string_view list = header.value;
    do {
      // A trailing comma would hide an empty member from take_member().
      if (list.ends_with(',')) return Fault::kContentLength;
      std::uint64_t value = 0;
      if (const Fault fault = read_length(take_member(list), value); fault != Fault::kNone)
        return fault;
      if (!is_first && value != length) return Fault::kContentLength;
      length = value;
      is_first = false;
    } while (!list.empty());
  }
  return Fault::kNone;
}

Fault check_transfer_encoding(const Headers& headers, std::uint8_t version_minor) {
  if (version_minor == 0) return Fault::kTransferEncoding;
  const Header* only = nullptr;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kTransferEncoding) continue;
    if (only != nullptr) return Fault::kTransferEncoding;
    only = &header;
  }
  std::string_view list = only->value;
  if (equal_ignoring_case(list, "chunked")) return Fault::kNone;
  if (list.empty() || list.ends_with(',')) return Fault::kTransferEncoding;
  while (!list.empty()) {
    const std::string_view coding = take_member(list);
    const bool is_last = list.empty();
    if (coding.empty() || (!is_last && equal_ignoring_case(coding, "chunked")))
      return Fault::kTransferEncoding;
  }
  return Fault::kUnknownCoding;
}

Fault read_connection(Headers& headers, ConnectionOptions& options) {
  std::uint32_t count = 0;
  for (const Header& header : headers) {
    if (header.id != HeaderId::kConnection) continue;
    for (std::string_view list = header.value; !list.empty();) {
      if (++count > kConnectionOptionsMax) return Fault::kHeaderValue;
      read_option(headers, take_member(list), options);
    }
  }
  return Fault::kNone;
}

}  // namespace crossfade::http
