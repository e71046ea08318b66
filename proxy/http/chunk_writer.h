#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace crossfade::http {

// A chunk on the wire is its line, its payload and kChunkEnd; a body is chunks, kLastChunk, trailer
// lines, kLineEnd.
inline constexpr std::string_view kLineEnd = "\r\n";
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n";
inline constexpr std::size_t kChunkLineBytes = 18;  // 16 digits and CRLF

// The size line of a chunk, written into `room`. Requires: size > 0 (zero would end the body).
std::string_view write_chunk_line(std::span<char, kChunkLineBytes> room, std::uint64_t size);

}  // namespace crossfade::http
