#include <catch2/catch.hpp>

#include <string>

#include "proxy/routing/siphash.h"

using namespace crossfade;

// Key 00 01 .. 0f, input 00 01 .. of length n: the vectors published with the reference
// implementation.
TEST_CASE("siphash24 gives the published results") {
  constexpr std::uint64_t kKey0 = 0x0706050403020100ULL;
  constexpr std::uint64_t kKey1 = 0x0f0e0d0c0b0a0908ULL;
  std::string input;
  for (char c = 0; c < 15; ++c) input.push_back(c);

  CHECK(siphash24("", kKey0, kKey1) == 0x726fdb47dd0e0e31ULL);
  CHECK(siphash24(input.substr(0, 1), kKey0, kKey1) == 0x74f839c593dc67fdULL);
  CHECK(siphash24(input.substr(0, 7), kKey0, kKey1) == 0xab0200f58b01d137ULL);
  CHECK(siphash24(input.substr(0, 8), kKey0, kKey1) == 0x93f5f5799a932462ULL);
  // Appendix A of the paper.
  CHECK(siphash24(input, kKey0, kKey1) == 0xa129ca6149be45e5ULL);
}

TEST_CASE("siphash24 depends on both halves of the key") {
  CHECK(siphash24("user-1", 1, 2) != siphash24("user-1", 2, 2));
  CHECK(siphash24("user-1", 1, 2) != siphash24("user-1", 1, 3));
}
