#include "proxy/routing/weighted_table.h"

#include <algorithm>
#include <numeric>

#include "config/base/verify.h"

namespace crossfade {
namespace {

// The higher 64 bits of a * b for b < 2^32, without 128-bit arithmetic.
constexpr std::uint64_t scaled(std::uint64_t a, std::uint64_t b) {
  return ((a >> 32) * b + (((a & UINT32_MAX) * b) >> 32)) >> 32;
}

}  // namespace

WeightedTable::WeightedTable(std::span<const std::uint32_t> weights) : size_{weights.size()} {
  VERIFY(size_ < UINT32_MAX);
  const auto weight = [&](std::size_t i) { return std::uint64_t{std::max(weights[i], 1U)}; };
  std::uint64_t total = 0;
  bool uniform = true;
  for (std::size_t i = 0; i < size_; ++i) {
    total += weight(i);
    uniform = uniform && weight(i) == weight(0);
  }
  if (uniform) return;

  // Every column is `total` high. An index with less than that is topped up by one with more, its
  // alias.
  std::vector<std::uint64_t> height(size_);
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t i = 0; i < size_; ++i) {
    height[i] = weight(i) * size_;
    (height[i] < total ? small : large).push_back(i);
  }
  columns_.assign(size_, Column{UINT32_MAX, 0});
  for (std::uint32_t i = 0; i < size_; ++i) columns_[i].alias = i;
  while (!small.empty() && !large.empty()) {
    const std::uint32_t low = small.back();
    const std::uint32_t high = large.back();
    small.pop_back();
    const double part = static_cast<double>(height[low]) / static_cast<double>(total);
    columns_[low] = {static_cast<std::uint32_t>(part * 0x1.0p32), high};
    height[high] -= total - height[low];
    if (height[high] < total) {
      large.pop_back();
      small.push_back(high);
    }
  }
}

std::uint32_t WeightedTable::at(std::uint64_t point) const {
  VERIFY(size_ > 0);
  const auto column = static_cast<std::uint32_t>(scaled(point, size_));
  if (columns_.empty()) return column;
  // What the choice of the column left of the point decides inside it: independent and uniform
  // again.
  const auto rest = static_cast<std::uint32_t>((point * size_) >> 32);
  return rest < columns_[column].threshold ? column : columns_[column].alias;
}

}  // namespace crossfade
