#include "config/quantity.h"

#include <charconv>
#include <span>
#include <utility>

#include "config/limits.h"

namespace crossfade {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kTimeUnits[] = {
    {"us", 1'000},         {"ms", 1'000'000},        {"s", 1'000'000'000},
    {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}};
constexpr Unit kSizeUnits[] = {
    {"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}};
constexpr std::uint64_t kSizeMax = 1ULL << 53;

std::optional<std::uint64_t> parse_scaled(std::string_view text, std::span<const Unit> units,
                                          std::uint64_t max) {
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos) return {};
  const auto number = parse_count(text.substr(0, digits));
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (!number || *number > max / unit.factor) return {};
    return *number * unit.factor;
  }
  return {};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = parse_scaled(text, kTimeUnits, limits::kDurationMax.count());
  if (!nanoseconds) return {};
  return Duration{static_cast<Duration::rep>(*nanoseconds)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_scaled(text, kSizeUnits, kSizeMax);
}

std::optional<double> parse_fraction(std::string_view text) {
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return {};
  if (is_percent) number /= 100;
  if (number > 1) return {};
  return number;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace crossfade
