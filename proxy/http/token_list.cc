#include "proxy/http/token_list.h"

#include "proxy/http/header_id.h"
#include "proxy/http/scan.h"

namespace crossfade::http {

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_member(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view member = trim_blanks(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return member;
}

bool has_member(std::string_view list, std::string_view member) {
  while (!list.empty()) {
    if (equal_ignoring_case(take_member(list), member)) return true;
  }
  return false;
}

}  // namespace crossfade::http
