#pragma once

// Idempotency-Key: the answer to a request that was made is given again instead of doing it twice.
// PURE.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "proxy/control/api_message.h"

namespace crossfade {

class RepeatedAnswers {
 public:
  // What to say to a request with this key; nullopt: it is new and from now on under way.
  // 409 while the first one is under way, 422 when the key belongs to another request.
  std::optional<ApiResponse> begin(const std::string& key, const ApiRequest& request);

  // The first one's answer. Refusals are not kept: nothing was done, so it may be tried again. Not
  // so 504: it may still be done.
  void finish(const std::string& key, const ApiResponse& answer);

 private:
  struct Kept {
    std::size_t request;  // a hash of its method, path, query and body
    std::optional<ApiResponse> answer;
  };
  std::map<std::string, Kept> kept_;
  std::deque<std::string> order_;  // oldest first; limits::kIdempotencyKeysKept
};

}  // namespace crossfade
