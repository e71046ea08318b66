#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crossfade {

// The place of a value inside a configuration: "services.playlist.clusters.new.weight",
// "listeners[0].address". Segments are kept apart because names may contain dots.
class KeyPath {
 public:
  using Segment = std::variant<std::string, std::size_t>;  // key of a map | index in a list

  KeyPath operator/(std::string_view key) const;
  KeyPath operator/(std::size_t index) const;

  const std::vector<Segment>& segments() const { return segments_; }
  std::string str() const;  // for people
  friend bool operator==(const KeyPath&, const KeyPath&) = default;

 private:
  std::vector<Segment> segments_;
};

}  // namespace crossfade
