#include "config/key_path.h"

#include "config/quote.h"

namespace crossfade {

KeyPath KeyPath::operator/(std::string_view key) const {
  KeyPath longer = *this;
  longer.segments_.emplace_back(std::string(key));
  return longer;
}

KeyPath KeyPath::operator/(std::size_t index) const {
  KeyPath longer = *this;
  longer.segments_.emplace_back(index);
  return longer;
}

std::string KeyPath::str() const {
  std::string text;
  for (const Segment& segment : segments_) {
    if (const auto* index = std::get_if<std::size_t>(&segment)) {
      text += '[' + std::to_string(*index) + ']';
    } else {
      if (!text.empty()) text += '.';
      text += escape(std::get<std::string>(segment));
    }
  }
  return text;
}

}  // namespace crossfade
