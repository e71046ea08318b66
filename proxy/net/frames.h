#pragma once

// Memory of coroutine frames: freed frames are kept per thread and size class, so that a worker in
// its steady state allocates nothing. What is kept is what was alive at once at some time.

#include <cstddef>

namespace crossfade::net {

void* take_frame(std::size_t size);
void give_frame(void* frame,
                std::size_t size) noexcept;  // Requires: taken with this size, on this thread.

}  // namespace crossfade::net
