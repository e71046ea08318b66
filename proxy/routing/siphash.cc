#include "proxy/routing/siphash.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace crossfade {
namespace {

static_assert(std::endian::native == std::endian::little,
              "words are read as the specification lays them out");

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t siphash24(std::string_view bytes, std::uint64_t key0, std::uint64_t key1) {
  State state{key0 ^ 0x736f6d6570736575ULL, key1 ^ 0x646f72616e646f6dULL,
              key0 ^ 0x6c7967656e657261ULL, key1 ^ 0x7465646279746573ULL};

  const char* at = bytes.data();
  for (std::size_t left = bytes.size() / 8; left > 0; --left, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    state.take(word);
  }
  std::uint64_t last = std::uint64_t{bytes.size()} << 56;
  if (bytes.size() % 8 != 0) {
    std::uint64_t tail = 0;
    std::memcpy(&tail, at, bytes.size() % 8);
    last |= tail;
  }
  state.take(last);

  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace crossfade
