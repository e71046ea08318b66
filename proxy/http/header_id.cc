#include "proxy/http/header_id.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "proxy/http/scan.h"

namespace crossfade::http {
namespace {

constexpr std::size_t kNameBytesMax = 17;

struct Known {
  char name[kNameBytesMax + 7] = {};  // lower case
  std::uint8_t size = 0;
  HeaderId id = HeaderId::kOther;
};

constexpr Known known(std::string_view name, HeaderId id) {
  Known entry;
  for (std::size_t i = 0; i < name.size(); ++i) entry.name[i] = name[i];
  entry.size = static_cast<std::uint8_t>(name.size());
  entry.id = id;
  return entry;
}

constexpr std::array kKnown = {
    known("host", HeaderId::kHost),
    known("connection", HeaderId::kConnection),
    known("content-length", HeaderId::kContentLength),
    known("transfer-encoding", HeaderId::kTransferEncoding),
    known("te", HeaderId::kTe),
    known("trailer", HeaderId::kTrailer),
    known("upgrade", HeaderId::kUpgrade),
    known("expect", HeaderId::kExpect),
    known("keep-alive", HeaderId::kKeepAlive),
    known("proxy", HeaderId::kProxy),
    known("proxy-connection", HeaderId::kProxyConnection),
    known("http2-settings", HeaderId::kHttp2Settings),
    known("x-forwarded-for", HeaderId::kXForwardedFor),
    known("x-forwarded-proto", HeaderId::kXForwardedProto),
    known("x-forwarded-host", HeaderId::kXForwardedHost),
    known("x-forwarded-port", HeaderId::kXForwardedPort),
    known("x-real-ip", HeaderId::kXRealIp),
    known("forwarded", HeaderId::kForwarded),
    known("via", HeaderId::kVia),
    known("x-request-id", HeaderId::kXRequestId),
    known("traceparent", HeaderId::kTraceparent),
    known("tracestate", HeaderId::kTracestate),
    known("cookie", HeaderId::kCookie),
    known("authorization", HeaderId::kAuthorization),
    known("date", HeaderId::kDate),
};
static_assert(kKnown.size() + 3 == static_cast<std::size_t>(HeaderId::kCount));

constexpr std::size_t kSlots = 64;

// Names of this table differ in their size and last four bytes. Setting bit 0x20 makes letters
// lower case and leaves digits and hyphens alone.
constexpr std::uint32_t tail_of(const char* name, std::size_t size) {
  std::uint32_t tail = 0;
  for (std::size_t i = size < 4 ? 0 : size - 4; i < size; ++i) {
    tail = (tail << 8) | (static_cast<unsigned char>(name[i]) | 0x20U);
  }
  return tail;
}

constexpr std::size_t slot_of(std::uint32_t tail, std::size_t size, std::uint32_t multiplier) {
  return ((tail + static_cast<std::uint32_t>(size)) * multiplier) >> 26;
}

// The multiplier without collisions, found by the compiler: one probe answers every question.
constexpr std::uint32_t find_multiplier() {
  for (std::uint32_t multiplier = 0x9e3779b1;; multiplier += 2) {
    std::uint64_t taken = 0;
    bool is_perfect = true;
    for (const Known& entry : kKnown) {
      const std::uint64_t bit = 1ULL
                                << slot_of(tail_of(entry.name, entry.size), entry.size, multiplier);
      is_perfect = is_perfect && (taken & bit) == 0;
      taken |= bit;
    }
    if (is_perfect) return multiplier;
  }
}

constexpr std::uint32_t kMultiplier = find_multiplier();

constexpr std::array<Known, kSlots> kTable = [] {
  std::array<Known, kSlots> table;
  for (const Known& entry : kKnown)
    table[slot_of(tail_of(entry.name, entry.size), entry.size, kMultiplier)] = entry;
  return table;
}();

std::uint64_t load64(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Requires: as many bytes in `name` as entry.size.
bool is_name(const char* name, const Known& entry) {
  constexpr std::uint64_t kLower = 0x2020202020202020;
  const std::size_t size = entry.size;
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i) {
      if ((name[i] | 0x20) != entry.name[i]) return false;
    }
    return true;
  }
  std::uint64_t difference = (load64(name) | kLower) ^ load64(entry.name);
  difference |= (load64(name + size - 8) | kLower) ^ load64(entry.name + size - 8);
  if (size > 16) difference |= (load64(name + 8) | kLower) ^ load64(entry.name + 8);
  return difference == 0;
}

}  // namespace

HeaderId header_id(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return HeaderId::kOther;
  const Known& entry = kTable[slot_of(tail_of(name.data(), name.size()), name.size(), kMultiplier)];
  return entry.size == name.size() && is_name(name.data(), entry) ? entry.id : HeaderId::kOther;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

}  // namespace crossfade::http
