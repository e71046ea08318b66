#include "config/values.h"

#include <algorithm>

#include "config/quantity.h"

namespace crossfade {
namespace {

bool is_token_character(unsigned char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string::npos;
}

bool is_any_host(const Address& address) {
  const std::string host = address.host();
  return host == "0.0.0.0" || host == "::";
}

// The text of a scalar; a list, a map or nothing reads as "", which no caller accepts.
const std::string& text_of(const Field& field) {
  return field.node.text;
}

}  // namespace

std::optional<bool> read_truth(const Field& field) {
  if (text_of(field) == "true") return true;
  if (text_of(field) == "false") return false;
  field.expected("true or false");
  return {};
}

std::optional<double> read_fraction(const Field& field) {
  const auto fraction = parse_fraction(text_of(field));
  if (!fraction) field.expected("a fraction from 0% to 100%, like 50% or 0.5");
  return fraction;
}

std::optional<std::uint64_t> read_size(const Field& field) {
  const auto size = parse_size(text_of(field));
  if (!size) field.expected("a size like 512B, 64KiB, 10MiB or 1GiB");
  return size;
}

std::optional<Address> read_address(const Field& field) {
  const auto address = Address::parse(text_of(field));
  if (address) return *address;
  field.expected("an IP address with a port, like 10.0.0.1:80 or [::1]:80");
  return {};
}

std::optional<Address> read_endpoint(const Field& field) {
  const auto address = read_address(field);
  if (!address || (address->port() != 0 && !is_any_host(*address))) return address;
  field.expected("the address and port of one server");
  return {};
}

std::optional<std::string> read_text(const Field& field) {
  const std::string& text = text_of(field);
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 127; };
  if (!text.empty() && std::none_of(text.begin(), text.end(), is_control)) return text;
  field.expected("text without control characters");
  return {};
}

std::optional<std::string> read_token(const Field& field) {
  const std::string& text = text_of(field);
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_token_character)) return text;
  field.expected("a name of letters, digits and !#$%&'*+-.^_`|~");
  return {};
}

std::optional<std::string> read_field_name(const Field& field) {
  auto name = read_token(field);
  if (name) {
    for (char& c : *name) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

std::optional<std::uint32_t> Count::operator()(const Field& field) const {
  const auto count = parse_count(text_of(field));
  if (count && *count >= min && *count <= max) return static_cast<std::uint32_t>(*count);
  field.expected("a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return {};
}

std::optional<std::uint16_t> Port::operator()(const Field& field) const {
  const auto port = Count{1, 65535}(field);
  if (!port) return {};
  return static_cast<std::uint16_t>(*port);
}

std::optional<Duration> Time::operator()(const Field& field) const {
  const auto time = parse_duration(text_of(field));
  if (time && (*time >= 1ms || (zero != nullptr && *time == 0s))) return time;
  std::string what = "a duration from 1ms to 365d, like 250ms, 5s or 1h";
  if (zero != nullptr) what += ", or 0s for " + std::string(zero);
  field.expected(what);
  return {};
}

}  // namespace crossfade
