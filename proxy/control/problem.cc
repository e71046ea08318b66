#include "proxy/control/problem.h"

#include <algorithm>

#include <boost/json.hpp>

namespace crossfade {
namespace json = boost::json;

ApiResponse problem(unsigned status, std::string_view title, std::string_view detail,
                    const std::vector<FieldError>& fields) {
  json::object body = {{"type", "about:blank"}, {"title", title}, {"status", status}};
  if (!detail.empty()) body["detail"] = detail;
  json::array errors;
  for (const FieldError& field : fields) {
    errors.push_back(json::object{{"pointer", field.pointer}, {"expected", field.expected}});
  }
  if (!errors.empty()) body["errors"] = std::move(errors);
  return {status, "application/problem+json", json::serialize(body) + '\n', {}, nullptr};
}

unsigned status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return 422;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kForbidden: return 403;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kFull: return 503;
    case ErrorCode::kTimeout: return 504;
    default: return 500;
  }
}

ApiResponse problem(const Error& error, std::string_view pointer) {
  std::string title(to_string(error.code));
  std::replace(title.begin(), title.end(), '_', ' ');
  std::vector<FieldError> fields;
  if (!pointer.empty()) fields.push_back({std::string(pointer), error.message});
  return problem(status_of(error.code), title, error.message, fields);
}

}  // namespace crossfade
