#pragma once

// Every hard bound in the product: name, unit, value, why this value. Nothing may grow without one.

#include <cstddef>
#include <cstdint>

#include "config/base/instant.h"

namespace crossfade::limits {

// ---- messages ----
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;     // request or response head; HAProxy's buffer, nginx's 4x8k
inline constexpr std::size_t kHeadersMax = 100;             // fields per head, as HAProxy and Envoy
inline constexpr std::size_t kTrailerBytesMax = 4 * 1024;   // trailers are small or an attack
inline constexpr std::size_t kChunkLineBytesMax = 256;      // chunk size and extensions of one chunk
inline constexpr std::size_t kChunkOverheadBytesMax = 1024 * 1024;  // framing bytes beyond payload in one body
inline constexpr std::uint64_t kBodyBytesMax = 1ULL << 52;  // a length no real body reaches, far from overflow
inline constexpr std::uint32_t kInformationalMax = 16;      // 1xx answers before the final one

// ---- buffers of the data path ----
inline constexpr std::size_t kBufferBytes = 16 * 1024;      // one head, or small-body relay
inline constexpr std::size_t kBulkBufferBytes = 256 * 1024; // large bodies: 64 KiB measured worst, 256 KiB best

// ---- workers ----
inline constexpr std::uint32_t kWorkersMax = 256;
inline constexpr std::uint32_t kAcceptsPerTurnMax = 64;     // then other sockets get their turn
inline constexpr std::uint32_t kEventsPerTurnMax = 512;     // epoll_wait batch

// ---- configuration ----
inline constexpr std::size_t kConfigBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kServicesMax = 100'000;
inline constexpr std::size_t kClustersPerServiceMax = 64;
inline constexpr std::size_t kRoutesMax = 200'000;
inline constexpr std::size_t kEndpointsPerSetMax = 100'000;

// ---- control ----
inline constexpr std::size_t kApiBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kApiConnectionsMax = 256;
inline constexpr std::size_t kEventsKept = 4096;            // for Last-Event-ID
inline constexpr Duration kControlTick = 50ms;              // judges evidence this often at least

}  // namespace crossfade::limits
