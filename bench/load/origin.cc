#include "bench/load/origin.h"

#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/load/event_loop.h"

namespace crossfade::bench {
namespace {

// Answers GET /N with N bytes and takes uploads by content-length. Trusts its client: it is the
// benchmark's own.
class Connection {
 public:
  explicit Connection(int fd) { socket.fd = fd; }
  Socket socket;

  // False when the connection is over.
  bool on_ready() {
    while (true) {
      if (!flush()) return false;
      if (sent_ < pending_.size() || body_left_to_send_ > 0) return true;  // wait for the edge
      const ssize_t got = ::recv(socket.fd, buffer_, sizeof buffer_, 0);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN;
      consume({buffer_, static_cast<std::size_t>(got)});
    }
  }

 private:
  void consume(std::string_view bytes) {
    while (!bytes.empty()) {
      if (upload_left_ > 0) {
        const std::size_t used = std::min<std::size_t>(upload_left_, bytes.size());
        upload_left_ -= used;
        bytes.remove_prefix(used);
        if (upload_left_ == 0) answer(0);
        continue;
      }
      head_ += bytes;
      const auto end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return;
      bytes.remove_prefix(bytes.size() - (head_.size() - (end + 4)));
      on_head(std::string_view(head_).substr(0, end));
      head_.clear();
    }
  }

  void on_head(std::string_view head) {
    const auto length =
        head.find("ontent-");  // Content-Length or content-length; nothing else is sent here
    if (const auto at = length == head.npos ? length : head.find("ength: ", length);
        at != head.npos) {
      std::from_chars(head.data() + at + 7, head.data() + head.size(), upload_left_);
      if (upload_left_ > 0) return;
    }
    std::size_t size = 1024;
    const auto slash = head.find('/');
    std::from_chars(head.data() + slash + 1, head.data() + head.size(), size);
    answer(size);
  }

  void answer(std::size_t size) {
    static const std::string filler(1 << 20, 'x');
    pending_ +=
        "HTTP/1.1 200 OK\r\nserver: origin\r\ncontent-type: "
        "application/octet-stream\r\ncontent-length: " +
        std::to_string(size) + "\r\n\r\n";
    if (size <= 16 * 1024) {
      pending_.append(filler, 0, size);
    } else {
      body_left_to_send_ += size;
    }
  }

  bool flush() {
    static const std::string filler(1 << 20, 'x');
    while (sent_ < pending_.size() || body_left_to_send_ > 0) {
      const bool head = sent_ < pending_.size();
      const char* from = head ? pending_.data() + sent_ : filler.data();
      const std::size_t size =
          head ? pending_.size() - sent_ : std::min(body_left_to_send_, filler.size());
      const ssize_t put = ::send(socket.fd, from, size, MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN;
      (head ? sent_ : body_left_to_send_) +=
          head ? static_cast<std::size_t>(put) : -static_cast<std::size_t>(put);
    }
    pending_.clear();
    sent_ = 0;
    return true;
  }

  std::string head_, pending_;
  std::size_t sent_ = 0, body_left_to_send_ = 0, upload_left_ = 0;
  char buffer_[64 * 1024];
};

}  // namespace

void serve_origin(std::uint16_t port) {
  EventLoop loop;
  std::unordered_map<int, std::unique_ptr<Connection>> connections;
  Socket listener;
  listener.fd = listen_on(port);
  listener.ready = [&](std::uint32_t) {
    for (int fd; (fd = accept_from(listener.fd)) >= 0;) {
      auto& connection = connections[fd] = std::make_unique<Connection>(fd);
      connection->socket.ready = [&connections, fd](std::uint32_t) {
        if (connections.at(fd)->on_ready()) return;
        ::close(fd);
        // The entry is replaced when the number comes again: freeing it here would free the running
        // function.
      };
      loop.watch(connection->socket);
    }
  };
  loop.watch(listener);
  while (true) loop.run_once(-1);
}

}  // namespace crossfade::bench
