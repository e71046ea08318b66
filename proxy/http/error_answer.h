#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/error.h"
#include "proxy/http/fault.h"

namespace crossfade::http {

// An answer of our own. RFC 9457; it never names an address.
struct ErrorAnswer {
  std::uint16_t status = 500;
  Side side = Side::kSelf;
  std::string_view type;   // stable, for machines: "about:blank" is never used
  std::string_view title;  // one short sentence for people
};

// 4xx for the client's faults, 502, 503, 504 for the upstream's, 503 or 500 for ours.
ErrorAnswer answer_of(const Error& error);
ErrorAnswer answer_of(Fault fault);  // a request that was refused. Requires: fault != kNone.
ErrorAnswer answer_no_route();       // 404: no route matches this request

struct AnswerContext {
  std::string_view request_id;  // from request_id_of(); empty: none known yet
  std::string_view date;        // IMF-fixdate; empty: left out
  bool keep_alive = false;
  bool is_head_only = false;  // the request was HEAD
};

// Head and body. Returns the number of bytes, 0 when they do not fit: kErrorAnswerBytesMax always
// do.
std::size_t write_error_answer(std::span<char> out, const ErrorAnswer& answer,
                               const AnswerContext& context);
inline constexpr std::size_t kErrorAnswerBytesMax = 1024;

}  // namespace crossfade::http
