#pragma once

// Reads one JSON object field by field. Every mistake becomes a FieldError with the field's JSON
// pointer, all of them at once: unknown keys (with the nearest known one), wrong types, missing
// fields. PURE.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "config/base/instant.h"
#include "config/base/share.h"
#include "proxy/migration/field_error.h"

namespace crossfade {

class JsonFields {
 public:
  // `pointer` is where `value` stands. When it is no object, that is the one mistake.
  // `value` and `errors` outlive this.
  JsonFields(const boost::json::value& value, std::string pointer, std::vector<FieldError>& errors);

  // Nullopt or null: absent, or a mistake that was noted. `required`: absence is a mistake.
  enum class Need : std::uint8_t { kOptional, kRequired };
  std::optional<std::string> text(std::string_view key, Need need = Need::kOptional);
  std::optional<std::uint64_t> count(std::string_view key, Need need = Need::kOptional);
  std::optional<double> number(std::string_view key, Need need = Need::kOptional);
  std::optional<bool> boolean(std::string_view key);
  std::optional<Duration> duration(std::string_view key, Need need = Need::kOptional);  // "30s"
  std::optional<Share> share(std::string_view key, Need need = Need::kOptional);  // "5%", 0.05
  const boost::json::array* array(std::string_view key, Need need = Need::kOptional);
  const boost::json::object* object(std::string_view key, Need need = Need::kOptional);

  // The raw field, for those who read on with another JsonFields.
  const boost::json::value* value(std::string_view key, Need need = Need::kOptional);

  // A text that Kind::parse (a Name) takes.
  template <class Kind>
  std::optional<Kind> name(std::string_view key, Need need = Need::kOptional) {
    const auto written = text(key, need);
    if (!written) return std::nullopt;
    const auto parsed = Kind::parse(*written);
    if (parsed) return *parsed;
    expected(key, parsed.error().message);
    return std::nullopt;
  }

  // Notes a mistake of this field.
  void expected(std::string_view key, std::string what);

  // Notes every key that nobody asked for. Call it last.
  void finish();

  std::string pointer_to(std::string_view key) const;

 private:
  const boost::json::object* object_ = nullptr;
  std::string pointer_;
  std::vector<FieldError>& errors_;
  std::vector<std::string_view> known_;
};

// A key as a part of a JSON pointer: ~ and / escaped (RFC 6901).
std::string escape_pointer(std::string_view key);

}  // namespace crossfade
