#include "proxy/http/header_id.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

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
static_assert(kKnown.size() + 4 == static_cast<std::size_t>(HeaderId::kCount));

constexpr std::size_t kSlots = 64;

// Names of this table differ in their size and last four bytes. Setting bit 0x20 makes letters
// lower case and leaves digits and hyphens alone.
constexpr std::uint32_t tail_of(const char* name, std::size_t size) {
  constexpr std::uint32_t kLower = 0x20202020;
  std::uint32_t tail = 0;
  if (std::endian::native == std::endian::little && size >= 4 && !std::is_constant_evaluated()) {
    std::memcpy(&tail, name + size - 4, sizeof tail);
    return tail | kLower;
  }
  for (std::size_t i = size; i > (size < 4 ? 0 : size - 4); --i) {
    tail = (tail << 8) | static_cast<unsigned char>(name[i - 1]);
  }
  return tail | kLower;
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

// Whether the `Word`s that cover the first and the last bytes are equal in lower case.
template <class Word>
bool is_same_at_ends(const char* name, const char* lower, std::size_t size) {
  constexpr Word kLower = static_cast<Word>(0x2020202020202020);
  const auto load = [](const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  const std::size_t last = size - sizeof(Word);
  const Word difference =
      ((load(name) | kLower) ^ load(lower)) | ((load(name + last) | kLower) ^ load(lower + last));
  return difference == 0;
}

// Requires: as many bytes in `name` as entry.size.
bool is_name(const char* name, const Known& entry) {
  const std::size_t size = entry.size;
  if (size > 16 && (name[8] | 0x20) != entry.name[8]) return false;
  if (size >= 8) return is_same_at_ends<std::uint64_t>(name, entry.name, size);
  if (size >= 4) return is_same_at_ends<std::uint32_t>(name, entry.name, size);
  return is_same_at_ends<std::uint16_t>(name, entry.name, size);
}

static_assert(kNameBytesMax == 17, "is_name() covers two words and one byte between");

}  // namespace

HeaderId header_id(std::string_view name) {
  if (name.size() < 2 || name.size() > kNameBytesMax) return HeaderId::kOther;
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
