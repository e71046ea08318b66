#pragma once

// Byte classes and searches by sixteen bytes at a time: the inner loops of the head readers.
// SSE2 is part of every x86-64; elsewhere the same masks come from a loop that compilers vectorise.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace crossfade::http {

// Sixteen bytes; each question answers with one bit for each byte, the first byte lowest.
class Block {
 public:
  static constexpr std::ptrdiff_t kBytes = 16;

#if defined(__SSE2__)
  explicit Block(const char* at) : bytes_{_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))} {}
  std::uint32_t equal(char c) const {
    return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c)));
  }
  std::uint32_t at_most(char c) const {
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(c)), bytes_));
  }
  std::uint32_t negative() const {
    return mask(bytes_);
  }  // 0x80 and above

 private:
  static std::uint32_t mask(__m128i lanes) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(lanes));
  }
  __m128i bytes_;
#else
  explicit Block(const char* at) {
    std::memcpy(bytes_.data(), at, bytes_.size());
  }
  std::uint32_t equal(char c) const {
    return mask([c](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(c); });
  }
  std::uint32_t at_most(char c) const {
    return mask([c](std::uint8_t byte) { return byte <= static_cast<std::uint8_t>(c); });
  }
  std::uint32_t negative() const {
    return mask([](std::uint8_t byte) { return byte >= 0x80; });
  }

 private:
  template <class Predicate>
  std::uint32_t mask(Predicate is_set) const {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < bytes_.size(); ++i) bits |= std::uint32_t{is_set(bytes_[i])} << i;
    return bits;
  }
  std::array<std::uint8_t, kBytes> bytes_;
#endif
};

// The first byte of [at, end) whose bit classify(Block) sets, else end. Reads nothing outside [at,
// end).
template <class Classify>
inline const char* find_byte(const char* at, const char* end, Classify classify) {
  for (; end - at >= Block::kBytes; at += Block::kBytes) {
    if (const std::uint32_t hits = classify(Block{at})) return at + std::countr_zero(hits);
  }
  if (at == end) return end;
  char rest[Block::kBytes] = {};
  std::memcpy(rest, at, static_cast<std::size_t>(end - at));
  const std::uint32_t beyond = ~0U << (end - at);
  return at + std::countr_zero(classify(Block{rest}) | beyond);
}

// End of a field name: a colon, or what no name has.
inline const char* find_name_end(const char* at, const char* end) {
  return find_byte(at, end, [](Block block) {
    return block.equal(':') | block.at_most(' ') | block.equal('\x7f') | block.negative();
  });
}

// End of a field value: any control character but the tab. Bytes above 0x7f are opaque (RFC 9110
// section 5.5).
inline const char* find_value_end(const char* at, const char* end) {
  return find_byte(at, end, [](Block block) {
    return (block.at_most('\x1f') & ~block.equal('\t')) | block.equal('\x7f');
  });
}

// End of a request target: what is not printable ASCII, and the fragment that no target has.
inline const char* find_target_end(const char* at, const char* end) {
  return find_byte(at, end, [](Block block) {
    return block.at_most(' ') | block.equal('\x7f') | block.equal('#') | block.negative();
  });
}

// What may make a path other than canonical, or ends it.
inline const char* find_path_special(const char* at, const char* end) {
  return find_byte(at, end, [](Block block) {
    return block.equal('?') | block.equal('%') | block.equal('.') | block.equal('\\');
  });
}

inline constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> is_token = {};
  for (int c = '0'; c <= '9'; ++c) is_token[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) is_token[c] = is_token[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    is_token[static_cast<unsigned char>(c)] = true;
  return is_token;
}();

inline bool is_token_byte(char c) {
  return kTokenBytes[static_cast<unsigned char>(c)];
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// The value of a hexadecimal digit, or -1.
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace crossfade::http
