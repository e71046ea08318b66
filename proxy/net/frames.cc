#include "proxy/net/frames.h"

#include <array>
#include <new>
#include <utility>

namespace crossfade::net {
namespace {

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses =
    128;  // up to 8 KiB: a frame with a request or response head in it is over 4 KiB

struct FreeFrame {
  FreeFrame* next;
};

// Trivial, so that reaching it costs no initialisation check; the Sweeper frees it when the thread
// ends.
constinit thread_local std::array<FreeFrame*, kClasses + 1> free_frames = {};

struct Sweeper {
  ~Sweeper() {
    for (FreeFrame*& first : free_frames) {
      while (first != nullptr) ::operator delete(std::exchange(first, first->next));
    }
  }
};

void* allocate(std::size_t size_class) {
  static thread_local Sweeper sweeper;
  return ::operator new(size_class* kClassBytes);
}

}  // namespace

void* take_frame(std::size_t size) {
  const std::size_t size_class = (size + kClassBytes - 1) / kClassBytes;
  if (!kFramesAreRecycled || size_class > kClasses) return ::operator new(size);
  FreeFrame*& first = free_frames[size_class];
  if (first == nullptr) return allocate(size_class);
  return std::exchange(first, first->next);
}

void give_frame(void* frame, std::size_t size) noexcept {
  const std::size_t size_class = (size + kClassBytes - 1) / kClassBytes;
  if (!kFramesAreRecycled || size_class > kClasses) return ::operator delete(frame);
  FreeFrame*& first = free_frames[size_class];
  first = new (frame) FreeFrame{first};
}

}  // namespace crossfade::net
