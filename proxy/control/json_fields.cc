#include "proxy/control/json_fields.h"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

#include "config/nearest.h"
#include "config/quantity.h"
#include "config/quote.h"

namespace crossfade {
namespace json = boost::json;

JsonFields::JsonFields(const json::value& value, std::string pointer,
                       std::vector<FieldError>& errors)
    : object_{value.if_object()}, pointer_{std::move(pointer)}, errors_{errors} {
  if (!object_) errors_.push_back({pointer_, "expected a JSON object"});
}

const json::value* JsonFields::value(std::string_view key, Need need) {
  known_.push_back(key);
  if (!object_) return nullptr;
  const json::value* found = object_->if_contains(key);
  if (!found && need == Need::kRequired) expected(key, "expected, but it is missing");
  return found;
}

std::optional<std::string> JsonFields::text(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return std::nullopt;
  if (const auto* written = field->if_string())
    return std::string(written->data(), written->size());
  expected(key, "expected a string");
  return std::nullopt;
}

std::optional<std::uint64_t> JsonFields::count(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return std::nullopt;
  boost::system::error_code failed;
  const auto number = field->is_number() ? field->to_number<std::uint64_t>(failed) : 0;
  if (field->is_number() && !failed) return number;
  expected(key, "expected a whole number, 0 or more");
  return std::nullopt;
}

std::optional<double> JsonFields::number(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return std::nullopt;
  if (field->is_number()) return field->to_number<double>();
  expected(key, "expected a number");
  return std::nullopt;
}

std::optional<bool> JsonFields::boolean(std::string_view key) {
  const json::value* field = value(key);
  if (!field) return std::nullopt;
  if (const bool* written = field->if_bool()) return *written;
  expected(key, "expected true or false");
  return std::nullopt;
}

std::optional<Duration> JsonFields::duration(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return std::nullopt;
  const auto* written = field->if_string();
  const auto parsed = written ? parse_duration({written->data(), written->size()}) : std::nullopt;
  if (!parsed) expected(key, "expected a duration like \"250ms\", \"30s\", \"5m\" or \"1h\"");
  return parsed;
}

std::optional<Share> JsonFields::share(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return std::nullopt;
  std::optional<double> fraction;
  if (const auto* written = field->if_string())
    fraction = parse_fraction({written->data(), written->size()});
  if (field->is_number()) fraction = field->to_number<double>();
  if (!fraction || !(*fraction >= 0 && *fraction <= 1)) {
    expected(key, "expected a share from 0 to 1, like \"5%\" or 0.05");
    return std::nullopt;
  }
  return Share::from_ppm(static_cast<std::uint32_t>(std::lround(*fraction * Share::kWhole)));
}

const json::array* JsonFields::array(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return nullptr;
  if (!field->is_array()) expected(key, "expected a JSON array");
  return field->if_array();
}

const json::object* JsonFields::object(std::string_view key, Need need) {
  const json::value* field = value(key, need);
  if (!field) return nullptr;
  if (!field->is_object()) expected(key, "expected a JSON object");
  return field->if_object();
}

void JsonFields::expected(std::string_view key, std::string what) {
  errors_.push_back({pointer_to(key), std::move(what)});
}

void JsonFields::finish() {
  if (!object_) return;
  for (const auto& field : *object_) {
    const std::string_view key(field.key().data(), field.key().size());
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string what = "unknown field";
    const std::string_view near = nearest(key, known_);
    if (!near.empty()) what += "; did you mean " + quote(near) + "?";
    expected(key, std::move(what));
  }
}

std::string JsonFields::pointer_to(std::string_view key) const {
  return pointer_ + '/' + escape_pointer(key);
}

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace crossfade
