#include "proxy/worker/http_date.h"

#include <ctime>

namespace crossfade {

void HttpDate::renew(Instant now) {
  const auto wall = std::chrono::system_clock::now();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  std::tm utc = {};
  ::gmtime_r(&time, &utc);
  std::strftime(text_.data(), text_.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);  // in the C locale
  renew_at_ = now + (second + 1s - wall);
}

}  // namespace crossfade
