#pragma once

// Values to JSON and back from one list of their fields, so that writing and reading cannot drift
// apart. PURE. A type takes part through `template <class Fields, class Value> void fields(Fields&,
// Value&)` that names each of its members once; see journal_record.cc.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/json.hpp>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"

namespace crossfade {

// Writes: fields(writer, value), then `object`.
class JsonWriter {
 public:
  boost::json::object object;

  template <class T>
  void operator()(std::string_view key, const T& value) {
    object[key] = of(value);
  }

 private:
  template <class T>
  static boost::json::value of(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<std::uint64_t>(value);
    } else {
      JsonWriter inner;
      fields(inner, value);
      return std::move(inner.object);
    }
  }
  static boost::json::value of(const std::string& text) { return boost::json::string(text); }
  static boost::json::value of(Share share) { return share.ppm(); }
  static boost::json::value of(Duration duration) { return duration.count(); }
  static boost::json::value of(WallTime time) { return time.time_since_epoch().count(); }
  template <class Kind>
  static boost::json::value of(const Name<Kind>& name) {
    return of(name.str());
  }
  template <class T>
  static boost::json::value of(const std::vector<T>& values) {
    boost::json::array array;
    for (const T& value : values) array.push_back(of(value));
    return array;
  }
};

// Reads: fields(reader, value), then error() is empty or says where (JSON pointer) and what was
// expected. Keeps the first error; every key must be there, others are ignored.
class JsonReader {
 public:
  JsonReader(const boost::json::value& value, std::string place) : place_{std::move(place)} {
    object_ = value.if_object();
    if (object_ == nullptr) fail({}, "expected an object");
  }
  const std::string& error() const { return error_; }

  template <class T>
  void operator()(std::string_view key, T& value) {
    if (!error_.empty()) return;
    const boost::json::value* found = object_->if_contains(key);
    if (found == nullptr) return fail(key, "missing");
    into(key, *found, value);
  }

  void fail(std::string_view key, std::string_view expected) {
    if (error_.empty()) error_ = place_ + "/" + std::string(key) + ": " + std::string(expected);
  }

 private:
  template <class T>
  void into(std::string_view key, const boost::json::value& from, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!from.is_bool()) return fail(key, "expected true or false");
      value = from.get_bool();
    } else if constexpr (std::is_same_v<T, double>) {
      boost::json::error_code failed;
      value = from.to_number<double>(failed);
      if (failed) fail(key, "expected a number");
    } else if constexpr (std::is_integral_v<T>) {
      boost::json::error_code failed;
      value = from.to_number<T>(failed);
      if (failed) fail(key, "expected a whole number in range");
    } else if constexpr (std::is_enum_v<T>) {
      std::uint8_t number = 0;
      into(key, from, number);
      if (number > static_cast<std::uint8_t>(last(T{})))
        return fail(key, "expected a known choice");
      value = static_cast<T>(number);
    } else {
      JsonReader inner(from, place_ + "/" + std::string(key));
      fields(inner, value);
      if (error_.empty()) error_ = inner.error_;
    }
  }
  void into(std::string_view key, const boost::json::value& from, std::string& text) {
    if (!from.is_string()) return fail(key, "expected a string");
    text = std::string(from.get_string());
  }
  void into(std::string_view key, const boost::json::value& from, Share& share) {
    std::uint32_t ppm = 0;
    into(key, from, ppm);
    if (ppm > Share::kWhole) return fail(key, "expected at most 1000000 parts per million");
    share = Share::from_ppm(ppm);
  }
  // Not negative: there is no such time in a record.
  void into(std::string_view key, const boost::json::value& from, Duration& duration) {
    std::int64_t count = 0;
    into(key, from, count);
    if (count < 0) return fail(key, "expected no negative time");
    duration = Duration{count};
  }
  void into(std::string_view key, const boost::json::value& from, WallTime& time) {
    std::int64_t count = 0;
    into(key, from, count);
    time = WallTime{std::chrono::milliseconds{count}};
  }
  template <class Kind>
  void into(std::string_view key, const boost::json::value& from, Name<Kind>& name) {
    std::string text;
    into(key, from, text);
    if (text.empty()) return void(name = {});
    auto parsed = Name<Kind>::parse(text);
    if (!parsed) return fail(key, parsed.error().message);
    name = std::move(*parsed);
  }
  template <class T>
  void into(std::string_view key, const boost::json::value& from, std::vector<T>& values) {
    if (!from.is_array()) return fail(key, "expected an array");
    values.clear();
    for (const boost::json::value& element : from.get_array()) {
      T value{};
      into(std::string(key) + "/" + std::to_string(values.size()), element, value);
      if (!error_.empty()) return;
      values.push_back(std::move(value));
    }
  }

  const boost::json::object* object_ = nullptr;
  std::string place_;
  std::string error_;
};

}  // namespace crossfade
