#include "proxy/worker/answer.h"

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {

net::Task<bool> send_answer(Workplace& place, Client& client, const http::ErrorAnswer& answer,
                            const http::AnswerContext& context) {
  std::array<char, http::kErrorAnswerBytesMax> bytes;
  const std::size_t size = http::write_error_answer(bytes, answer, context);
  VERIFY(size > 0);
  client.stream.set_deadline(place.now() + limits::kAnswerTime);
  const Result<std::size_t> sent =
      co_await client.stream.write_all(std::span<const char>{bytes}.first(size));
  co_return sent.has_value();
}

}  // namespace crossfade
