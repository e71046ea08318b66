#pragma once

// Memory of coroutine frames: freed frames are kept per thread and size class, so that a worker in
// its steady state allocates nothing. What is kept is what was alive at once at some time.

#include <cstddef>

namespace crossfade::net {

// The address sanitizer finds use of a dead frame only if dead frames are really freed.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kFramesAreRecycled = false;
#elif defined(__has_feature)
inline constexpr bool kFramesAreRecycled = !__has_feature(address_sanitizer);
#else
inline constexpr bool kFramesAreRecycled = true;
#endif

void* take_frame(std::size_t size);
void give_frame(void* frame,
                std::size_t size) noexcept;  // Requires: taken with this size, on this thread.

}  // namespace crossfade::net
