#include "config/quote.h"

namespace crossfade {

std::string escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string escaped;
  for (const unsigned char c : text) {
    if (c < ' ' || c == 127) {
      escaped += "\\x";
      escaped += kHex[c >> 4];
      escaped += kHex[c & 15];
    } else {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += static_cast<char>(c);
    }
  }
  return escaped;
}

std::string quote(std::string_view text) {
  constexpr std::size_t kShownMax = 60;
  return '"' + escape(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "...\"" : "\"");
}

}  // namespace crossfade
