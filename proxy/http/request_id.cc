#include "proxy/http/request_id.h"

#include <algorithm>

#include "proxy/http/scan.h"

namespace crossfade::http {
namespace {

bool is_id_byte(char c) {
  const char lower = to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
         std::string_view("._~+/=:@-").find(c) != std::string_view::npos;
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace

void write_hex(std::uint64_t value, char* room) {
  for (int i = 15; i >= 0; --i, value >>= 4) room[i] = "0123456789abcdef"[value & 15];
}

const Header* find_single(const Headers& headers, HeaderId id) {
  const Header* const first = headers.find(id);
  if (first == nullptr) return nullptr;
  const bool is_single = std::none_of(first + 1, headers.end(),
                                      [id](const Header& header) { return header.id == id; });
  return is_single ? first : nullptr;
}

std::string_view sane_request_id(const RequestHead& head) {
  const Header* const header = find_single(head.headers, HeaderId::kXRequestId);
  if (header == nullptr || header->value.empty() || header->value.size() > 128) return {};
  const bool is_sane = std::all_of(header->value.begin(), header->value.end(), is_id_byte);
  return is_sane ? header->value : std::string_view{};
}

std::string_view request_id_of(const RequestHead& head, ExchangeId id,
                               std::span<char, kRequestIdBytes> room) {
  if (const std::string_view sane = sane_request_id(head); !sane.empty()) return sane;
  write_hex(id.high, room.data());
  write_hex(id.low, room.data() + 16);
  return {room.data(), room.size()};
}

bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) ||
      !is_lower_hex(text.substr(53, 2))) {
    return false;
  }
  // Version 00 ends here; a later one may go on after a hyphen; ff is forbidden.
  if (version == "ff" || (text.size() > 55 && (version == "00" || text[55] != '-'))) return false;
  return !is_zero(trace) && !is_zero(parent);
}

}  // namespace crossfade::http
