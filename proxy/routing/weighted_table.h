#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace crossfade {

// Turns a uniform point into an index, each as often as its weight says, in constant time (alias
// method, Walker 1974, built as in Vose 1991). Exact to 2^-32 of the whole. Immutable; read by any
// thread.
class WeightedTable {
 public:
  // Weights of zero count as one: a low weight must not starve. Requires: fewer than 2^32 weights.
  explicit WeightedTable(std::span<const std::uint32_t> weights);

  std::size_t size() const { return size_; }
  bool is_uniform() const { return columns_.empty(); }

  // The index for a point drawn uniformly from all 64-bit numbers. Requires: size() > 0.
  std::uint32_t at(std::uint64_t point) const;

 private:
  struct Column {
    std::uint32_t threshold;  // below: this index, else the alias
    std::uint32_t alias;
  };
  std::size_t size_;
  std::vector<Column> columns_;  // empty when all weights are equal
};

}  // namespace crossfade
