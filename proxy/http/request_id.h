#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "proxy/http/head.h"

namespace crossfade::http {

// 128 random bits that name one exchange. Requires of the maker: not both zero.
struct ExchangeId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

inline constexpr std::size_t kRequestIdBytes = 32;

// The x-request-id of an exchange: the client's when it is sane (1 to 128 of A-Z a-z 0-9 . _ ~ + /
// = : @ -), else `id` in hexadecimal, written into `room`. The view points into the head or into
// `room`.
std::string_view request_id_of(const RequestHead& head, ExchangeId id,
                               std::span<char, kRequestIdBytes> room);

// The client's own id when it is sane and there is only one, else empty.
std::string_view sane_request_id(const RequestHead& head);

// Sixteen lower-case hexadecimal digits. Requires: room for them.
void write_hex(std::uint64_t value, char* room);

// The field with this id when there is exactly one, else nullptr.
const Header* find_single(const Headers& headers, HeaderId id);

// W3C Trace Context level 1, section 3.2.2: version-traceid-parentid-flags with non-zero ids.
bool is_traceparent(std::string_view text);

}  // namespace crossfade::http
