#pragma once

// Error answers of the control API: application/problem+json (RFC 9457). PURE.

#include <string>
#include <string_view>
#include <vector>

#include "config/base/error.h"
#include "proxy/control/api_message.h"
#include "proxy/migration/field_error.h"

namespace crossfade {

// title: one sentence for people, the same for every case of the kind. detail: this case.
ApiResponse problem(unsigned status, std::string_view title, std::string_view detail = {},
                    const std::vector<FieldError>& fields = {});

// kInvalid 422, kNotFound 404, kConflict 409, kForbidden 403, kUnavailable and kFull 503, kTimeout
// 504, others 500.
unsigned status_of(ErrorCode code);

// Of an Error; `pointer`: the field that it is about, when it is about one.
ApiResponse problem(const Error& error, std::string_view pointer = {});

}  // namespace crossfade
