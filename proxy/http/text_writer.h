#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>

namespace crossfade::http {

// Appends text to a span. What does not fit is remembered once, so that writers need not test at
// every step.
class TextWriter {
 public:
  explicit TextWriter(std::span<char> room)
      : begin_{room.data()}, at_{begin_}, end_{begin_ + room.size()} {}

  void put(std::string_view text) {
    if (text.empty()) return;  // its pointer may be null, which memcpy() forbids
    if (static_cast<std::size_t>(end_ - at_) < text.size()) {
      end_ = at_;
      is_full_ = true;
      return;
    }
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  template <class... Texts>
  void line(Texts... texts) {
    (put(texts), ...);
    put("\r\n");
  }

  void number(std::uint64_t value) {
    const auto [next, error] = std::to_chars(at_, end_, value);
    if (error == std::errc{}) {
      at_ = next;
    } else {
      end_ = at_;
      is_full_ = true;
    }
  }

  // What was written; 0 when something did not fit.
  std::size_t size() const { return is_full_ ? 0 : static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool is_full_ = false;
};

}  // namespace crossfade::http
