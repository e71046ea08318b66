#pragma once

#include <string_view>

namespace crossfade::http {

// Walks a comma-separated list (RFC 9110 section 5.6.1): cuts the first member off `list` and
// returns it without surrounding blanks; it may be empty. Requires: the caller stops when `list`
// has become empty.
std::string_view take_member(std::string_view& list);

// Whether the list has this member in any case.
bool has_member(std::string_view list, std::string_view member);

// Without leading and trailing spaces and tabs.
std::string_view trim_blanks(std::string_view text);

}  // namespace crossfade::http
