#pragma once

#include <cstdint>

#include "config/base/address.h"
#include "config/base/result.h"
#include "proxy/net/descriptor.h"

namespace crossfade::net {

struct Accepted {
  UniqueFd fd;  // non-blocking, close-on-exec, no delay
  Address peer;
};

// A listening TCP socket of one worker. Each worker has its own with SO_REUSEPORT: the kernel
// spreads connections.
class Listener : public Descriptor {
 public:
  explicit Listener(Driver& driver) : Descriptor{driver, Side::kClient} {}

  // Port 0: any free one, see bound(). Errors: kIo with the address and the system's reason.
  Result<void> listen(const Address& address);
  const Address& bound() const { return bound_; }

  // The next connection. Errors: only what cancel() said. When the process is out of descriptors or
  // memory, or may not accept, it waits limits::kAcceptPause and tries again; pauses() counts that.
  class Accept;
  Accept accept();
  std::uint64_t pauses() const { return pauses_; }

 private:
  void pause();

  Address bound_;
  std::uint64_t pauses_ = 0;
};

class Listener::Accept : public Awaiter<Listener::Accept> {
 public:
  explicit Accept(Listener& listener)
      : Awaiter{reader_of(listener)}, listener_{listener}, result_{Accepted{}} {}
  Result<Accepted> await_resume() { return std::move(result_); }
  bool attempt();

 private:
  Listener& listener_;
  Result<Accepted> result_;
};

inline Listener::Accept Listener::accept() {
  return Accept{*this};
}

}  // namespace crossfade::net
