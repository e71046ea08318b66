#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/base/address.h"

namespace crossfade::test {

// A message as it was on the wire: the head with its blank line, the body without its framing.
struct Message {
  std::string head;
  std::string body;
  std::string trailers;  // lines after the last chunk, without the blank one

  int status() const;                                          // of a response
  std::string header(std::string_view lower_case_name) const;  // "" when absent
};

// One end of a TCP connection with blocking calls, written apart from the codec it helps to test.
// Every call ends within seconds: what takes longer throws, so a test fails instead of hanging.
class Peer {
 public:
  explicit Peer(int descriptor);
  static Peer connect(const Address& address);
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&& other) noexcept;
  ~Peer();

  void write(std::string_view bytes);
  std::string read_head();             // to the blank line; throws at the end of the stream
  std::string read(std::size_t size);  // exactly
  std::string read_to_end();
  Message read_request();
  Message read_response(std::string_view method = "GET");
  bool at_end();  // waits; true when the other side closed and nothing is left
  void shutdown_write();
  void reset();  // closes with RST
  void close();
  int descriptor() const { return descriptor_; }

 private:
  bool fill();  // false at the end of the stream
  std::string read_line();
  void read_body(Message& message, bool until_close);

  int descriptor_ = -1;
  std::string buffered_;
};

// Says within seconds whether the condition became true, asking again and again.
template <class Condition>
bool eventually(Condition&& condition);

}  // namespace crossfade::test

#include <chrono>
#include <thread>

template <class Condition>
bool crossfade::test::eventually(Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}
