#pragma once

#include <span>
#include <string_view>

namespace crossfade {

// The candidate that `word` is most likely a misspelling of: the fewest letters added, dropped,
// changed or swapped with a neighbour (optimal string alignment distance). Empty when none is
// close: more than a third of the letters differ. The first of equally near ones wins.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace crossfade
