#pragma once

// A connected non-blocking TCP socket for coroutines of one worker. Every operation tries its
// system call at once and waits for an edge only when there is nothing to be had. In the steady
// state a request costs one receive and one send on each side.
//
//   Result<std::size_t> n = co_await stream.read_some(buffer);  // 0: the peer has ended its side
//   Result<std::size_t> sent = co_await stream.write_all(pieces);
//
// Errors: kReset, kClosed (written after the peer went away), kTimeout, kIo, or what cancel() said;
// Side of the peer. One reader and one writer may wait at a time, also side by side.

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "config/base/address.h"
#include "config/base/result.h"
#include "proxy/net/descriptor.h"

namespace crossfade::net {

class Stream : public Descriptor {
 public:
  Stream(Driver& driver, Side peer) : Descriptor{driver, peer} {}

  // Takes over a connected socket, e.g. an accepted one. Errors: kIo.
  Result<void> adopt(UniqueFd fd) { return open(std::move(fd), true); }

  class Connect;
  class Read;
  class Readable;
  class Write;

  // Connects within the deadline. Errors: kConnectRefused, kConnectTimeout, kConnectFailed; all
  // Retry::kYes. kFull (Side::kSelf): we have no descriptor, memory or local port left.
  Connect connect(const Address& address);

  // Receives what there is, at least one byte; 0 when the peer has closed its writing side.
  // Requires: not empty.
  Read read_some(std::span<char> buffer);

  // Waits until read_some() has something to say, without holding a buffer.
  Readable readable();

  // Sends all of it and uses up the pieces.
  Write write_all(std::span<iovec> pieces);
  Write write_all(std::span<const char> bytes);

  // Sends what there is room for, at least one byte, and takes it off the pieces: for who gives a
  // slow peer more time as long as it takes anything. Requires: not empty.
  Write write_some(std::span<iovec>& pieces);

  void shutdown_write();

  // Nothing received, nothing closed: fit to be kept idle. May cost one look into the socket.
  bool is_quiet();

  // Has `waiter` woken by whatever comes; null ends it. For a connection that nobody reads.
  // Requires: nobody reads.
  void watch_idle(Waiter* waiter);
};

class Stream::Connect : public Awaiter<Stream::Connect> {
 public:
  Connect(Stream& stream, const Address& address);
  Result<void> await_resume() { return std::move(result_); }
  bool attempt();

 private:
  void fail(int number);
  Stream& stream_;
  Result<void> result_;
};

class Stream::Read : public Awaiter<Stream::Read> {
 public:
  Read(Stream& stream, std::span<char> buffer)
      : Awaiter{reader_of(stream)}, stream_{stream}, buffer_{buffer}, result_{0} {}
  Result<std::size_t> await_resume() { return std::move(result_); }
  bool attempt();

 private:
  Stream& stream_;
  std::span<char> buffer_;
  Result<std::size_t> result_;
};

class Stream::Readable : public Awaiter<Stream::Readable> {
 public:
  explicit Readable(Stream& stream) : Awaiter{reader_of(stream)}, stream_{stream} {}
  Result<void> await_resume() { return std::move(result_); }
  bool attempt();

 private:
  Stream& stream_;
  Result<void> result_;
};

class Stream::Write : public Awaiter<Stream::Write> {
 public:
  Write(Stream& stream, std::span<iovec>& pieces)
      : Awaiter{writer_of(stream)},
        stream_{stream},
        pieces_{pieces},
        is_some_enough_{true},
        result_{0} {}
  Write(Stream& stream, std::span<iovec>&& pieces)
      : Awaiter{writer_of(stream)}, stream_{stream}, all_{pieces}, result_{0} {}
  Write(Stream& stream, std::span<const char> bytes)
      : Awaiter{writer_of(stream)},
        stream_{stream},
        single_{const_cast<char*>(bytes.data()), bytes.size()},
        all_{&single_, 1},
        result_{0} {}
  // How many bytes were sent.
  Result<std::size_t> await_resume() { return std::move(result_); }
  bool attempt();

 private:
  Stream& stream_;
  iovec single_ = {};
  std::span<iovec> all_;
  std::span<iovec>& pieces_ = all_;  // what is left
  bool is_some_enough_ = false;
  Result<std::size_t> result_;
};

inline Stream::Connect Stream::connect(const Address& address) {
  return {*this, address};
}
inline Stream::Read Stream::read_some(std::span<char> buffer) {
  return {*this, buffer};
}
inline Stream::Readable Stream::readable() {
  return Readable{*this};
}
inline Stream::Write Stream::write_all(std::span<iovec> pieces) {
  return {*this, std::move(pieces)};
}
inline Stream::Write Stream::write_some(std::span<iovec>& pieces) {
  return {*this, pieces};
}
inline Stream::Write Stream::write_all(std::span<const char> bytes) {
  return {*this, bytes};
}

}  // namespace crossfade::net
