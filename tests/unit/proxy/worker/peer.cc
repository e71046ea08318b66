#include "tests/unit/proxy/worker/peer.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace crossfade::test {
namespace {

constexpr int kSecondsMax = 5;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("peer: " + what);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

}  // namespace

int Message::status() const {
  return head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
}

std::string Message::header(std::string_view lower_case_name) const {
  const std::string wanted = "\r\n" + std::string(lower_case_name) + ":";
  const std::size_t at = lower(head).find(wanted);
  if (at == std::string::npos) return {};
  const std::size_t begin = head.find_first_not_of(' ', at + wanted.size());
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Peer::Peer(int descriptor) : descriptor_{descriptor} {
  const timeval limit = {kSecondsMax, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

Peer Peer::connect(const Address& address) {
  Peer peer{::socket(address.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(peer.descriptor_, address.raw(), address.raw_size()) != 0) fail("cannot connect");
  return peer;
}

Peer::Peer(Peer&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, buffered_{std::move(other.buffered_)} {}

Peer& Peer::operator=(Peer&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffered_, other.buffered_);
  return *this;
}

Peer::~Peer() {
  close();
}

void Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) fail("cannot write, errno " + std::to_string(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Peer::fill() {
  char bytes[65536];
  const ssize_t received = ::recv(descriptor_, bytes, sizeof bytes, 0);
  if (received < 0)
    fail("cannot read, errno " + std::to_string(errno) + ", have '" + buffered_.substr(0, 200) +
         "'");
  buffered_.append(bytes, static_cast<std::size_t>(received));
  return received > 0;
}

std::string Peer::read_head() {
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) fail("end of stream in a head: '" + buffered_ + "'");
  }
  std::string head = buffered_.substr(0, end + 4);
  buffered_.erase(0, end + 4);
  return head;
}

std::string Peer::read(std::size_t size) {
  while (buffered_.size() < size) {
    if (!fill()) fail("end of stream in a body");
  }
  std::string bytes = buffered_.substr(0, size);
  buffered_.erase(0, size);
  return bytes;
}

std::string Peer::read_line() {
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n")) == std::string::npos) {
    if (!fill()) fail("end of stream in a line");
  }
  std::string line = buffered_.substr(0, end);
  buffered_.erase(0, end + 2);
  return line;
}

std::string Peer::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffered_, {});
}

void Peer::read_body(Message& message, bool until_close) {
  const std::string length = message.header("content-length");
  if (!length.empty()) {
    message.body = read(std::strtoull(length.c_str(), nullptr, 10));
  } else if (message.header("transfer-encoding") == "chunked") {
    while (const std::size_t size = std::strtoull(read_line().c_str(), nullptr, 16)) {
      message.body += read(size);
      if (!read_line().empty()) fail("a chunk without its line end");
    }
    for (std::string line = read_line(); !line.empty(); line = read_line())
      message.trailers += line + "\r\n";
  } else if (until_close) {
    message.body = read_to_end();
  }
}

Message Peer::read_request() {
  Message message;
  message.head = read_head();
  read_body(message, false);
  return message;
}

Message Peer::read_response(std::string_view method) {
  Message message;
  message.head = read_head();
  const int status = message.status();
  if (method != "HEAD" && status >= 200 && status != 204 && status != 304) read_body(message, true);
  return message;
}

bool Peer::at_end() {
  return buffered_.empty() && !fill();
}

void Peer::shutdown_write() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Peer::reset() {
  const linger at_once = {1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Peer::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace crossfade::test
