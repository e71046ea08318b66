#pragma once

// One open text/event-stream answer (Server-Sent Events, WHATWG HTML 9.2). Control thread only.
// Writers append, the server's session sends. What waits to be sent is bounded: a reader that is
// too slow is cut off and comes back with Last-Event-ID.

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace crossfade {

class EventStream {
 public:
  explicit EventStream(boost::asio::io_context& context);

  // False once the stream is closed, by either side or because limits::kEventStreamBytesMax was
  // reached.
  bool send(std::uint64_t id, std::string_view kind, std::string_view json);
  void close();
  bool is_closed() const { return closed_; }

  // Everything that waits to be sent.
  std::string take();

 private:
  friend class HttpSession;

  void wake();

  std::string waiting_;
  bool closed_ = false;
  boost::asio::steady_timer changed_;  // cancelled to wake the session that sends
};

}  // namespace crossfade
