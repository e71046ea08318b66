#include "proxy/control/repeated_answers.h"

#include <functional>

#include "config/limits.h"
#include "proxy/control/problem.h"

namespace crossfade {

namespace {

// A number instead of the text, which may be a mebibyte: it only has to tell mistakes apart.
std::size_t fingerprint_of(const ApiRequest& request) {
  std::string text = request.method + ' ' + request.path;
  for (const auto& [name, value] : request.query) text += '\n' + name + '=' + value;
  return std::hash<std::string>{}(text + "\n\n" + request.body);
}

}  // namespace

std::optional<ApiResponse> RepeatedAnswers::begin(const std::string& key,
                                                  const ApiRequest& request) {
  const std::size_t fingerprint = fingerprint_of(request);
  const auto known = kept_.find(key);
  if (known == kept_.end()) {
    kept_.emplace(key, Kept{fingerprint, std::nullopt});
    order_.push_back(key);
    if (order_.size() > limits::kIdempotencyKeysKept) {
      kept_.erase(order_.front());
      order_.pop_front();
    }
    return std::nullopt;
  }
  if (known->second.request != fingerprint) {
    return problem(422, "the Idempotency-Key belongs to another request",
                   "expected a new key for a new request");
  }
  if (!known->second.answer) {
    return problem(409, "the first request with this Idempotency-Key is still under way",
                   "try again in a moment");
  }
  return known->second.answer;
}

void RepeatedAnswers::finish(const std::string& key, const ApiResponse& answer) {
  const auto known = kept_.find(key);
  if (known == kept_.end()) return;
  if (answer.status < 400 || answer.status == 504) {
    known->second.answer = answer;
    return;
  }
  kept_.erase(known);
  std::erase(order_, key);
}

}  // namespace crossfade
