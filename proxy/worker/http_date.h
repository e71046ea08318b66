#pragma once

#include <array>
#include <string_view>

#include "config/base/instant.h"

namespace crossfade {

// The text for a Date field (IMF-fixdate, RFC 9110 section 5.6.7), made once a second.
class HttpDate {
 public:
  // now: of the monotonic clock, to tell whether a second has passed.
  std::string_view text(Instant now) {
    if (now >= renew_at_) renew(now);
    return {text_.data(), kSize};
  }

 private:
  static constexpr std::size_t kSize = 29;
  void renew(Instant now);

  Instant renew_at_ = Instant::min();
  std::array<char, kSize + 1> text_ = {};
};

}  // namespace crossfade
