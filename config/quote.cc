#include "config/quote.h"

namespace crossfade {

std::string quote(std::string_view text) {
  constexpr std::size_t kShownMax = 60;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const unsigned char c : text.substr(0, kShownMax)) {
    if (c < ' ' || c == 127) {
      quoted += "\\x";
      quoted += kHex[c >> 4];
      quoted += kHex[c & 15];
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += static_cast<char>(c);
    }
  }
  return quoted + (text.size() > kShownMax ? "...\"" : "\"");
}

}  // namespace crossfade
