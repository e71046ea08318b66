#include "proxy/http/chunk_writer.h"

#include <charconv>
#include <system_error>

#include "config/base/verify.h"

namespace crossfade::http {

std::string_view write_chunk_line(std::span<char, kChunkLineBytes> room, std::uint64_t size) {
  VERIFY(size > 0);
  const auto [end, error] = std::to_chars(room.data(), room.data() + kChunkLineBytes - 2, size, 16);
  VERIFY(error == std::errc{});
  end[0] = '\r';
  end[1] = '\n';
  return {room.data(), static_cast<std::size_t>(end + 2 - room.data())};
}

}  // namespace crossfade::http
