#include "proxy/net/stream.h"

#include <algorithm>
#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace crossfade::net {
namespace {

constexpr std::size_t kPiecesMax = 64;  // per system call; far below IOV_MAX

bool would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

Error connect_error(int number, Side peer) {
  switch (number) {
    case ECONNREFUSED: return {ErrorCode::kConnectRefused, peer, Retry::kYes};
    case ETIMEDOUT: return {ErrorCode::kConnectTimeout, peer, Retry::kYes};
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return {ErrorCode::kFull, Side::kSelf,
              Retry::kNever};  // ours, and another endpoint would not help
    case EADDRNOTAVAIL: return {ErrorCode::kFull, Side::kSelf, Retry::kYes};  // ports to this one
    default: return {ErrorCode::kConnectFailed, peer, Retry::kYes};
  }
}

// Takes `sent` bytes off the front.
void use_up(std::span<iovec>& pieces, std::size_t sent) {
  while (!pieces.empty() && sent >= pieces.front().iov_len) {
    sent -= pieces.front().iov_len;
    pieces.front().iov_len = 0;
    pieces = pieces.subspan(1);
  }
  if (sent == 0) return;
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + sent;
  pieces.front().iov_len -= sent;
}

std::size_t total(std::span<const iovec> pieces) {
  std::size_t sum = 0;
  for (const iovec& piece : pieces) sum += piece.iov_len;
  return sum;
}

}  // namespace

// ---- connect ----

Stream::Connect::Connect(Stream& stream, const Address& address)
    : Awaiter{writer_of(stream)}, stream_{stream} {
  UniqueFd fd{::socket(address.is_v6() ? AF_INET6 : AF_INET,
                       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (fd) ::setsockopt(fd.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!fd ||
      (::connect(fd.value(), address.raw(), address.raw_size()) != 0 && errno != EINPROGRESS)) {
    fail(errno);
  } else {
    // Watched only now: an unconnected socket would report that it hangs up.
    result_ = stream.open(std::move(fd), false);
  }
}

void Stream::Connect::fail(int number) {
  result_ = connect_error(number, stream_.peer_);
}

bool Stream::Connect::attempt() {
  if (!result_) return true;
  if (stream_.cancelled_) {
    result_ = *stream_.cancelled_;
    return true;
  }
  if (stream_.is_writable_) {
    int number = 0;
    socklen_t size = sizeof number;
    ::getsockopt(stream_.fd(), SOL_SOCKET, SO_ERROR, &number, &size);
    if (number != 0) fail(number);
    return true;
  }
  if (!stream_.is_expired()) return false;
  fail(ETIMEDOUT);
  return true;
}

// ---- receive ----

bool Stream::Read::attempt() {
  if (stream_.cancelled_) {
    result_ = *stream_.cancelled_;
    return true;
  }
  if (stream_.is_readable_ && stream_.has_turn(limits::kBytesPerTurnMax)) {
    const ssize_t received = ::recv(stream_.fd(), buffer_.data(), buffer_.size(), 0);
    if (received >= 0) {
      const auto bytes = static_cast<std::size_t>(received);
      stream_.spend(static_cast<std::uint32_t>(bytes));
      // A short read has drained the socket: what comes later brings an edge. Not so when the end
      // is already known.
      if (bytes < buffer_.size() && !stream_.is_hung_up_) stream_.is_readable_ = false;
      if (bytes == 0 && stream_.is_broken_) {
        result_ = stream_.error_of(ECONNRESET);  // not an end: a write has already been told why
      } else {
        result_ = bytes;
      }
      return true;
    }
    if (!would_block(errno)) {
      result_ = stream_.error_of(errno);
      return true;
    }
    stream_.is_readable_ = false;
  }
  if (!stream_.is_expired()) return false;
  result_ = stream_.timeout();
  return true;
}

bool Stream::Readable::attempt() {
  if (stream_.cancelled_) {
    result_ = *stream_.cancelled_;
    return true;
  }
  if (stream_.is_readable_) return true;
  if (!stream_.is_expired()) return false;
  result_ = stream_.timeout();
  return true;
}

// ---- send ----

// One piece goes by send(2), which costs the kernel less than a message of one.
static ssize_t send_pieces(int fd, std::span<iovec> pieces) {
  if (pieces.size() == 1) {
    return ::send(fd, pieces.front().iov_base, pieces.front().iov_len, MSG_NOSIGNAL);
  }
  msghdr message = {};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

bool Stream::Write::attempt() {
  if (stream_.cancelled_) {
    result_ = *stream_.cancelled_;
    return true;
  }
  while (stream_.is_writable_ && !pieces_.empty()) {
    const std::span<iovec> pieces = pieces_.first(std::min(pieces_.size(), kPiecesMax));
    const std::size_t wanted = total(pieces);
    const ssize_t sent = send_pieces(stream_.fd(), pieces);
    if (sent < 0) {
      if (!would_block(errno)) {
        stream_.is_broken_ = true;
        result_ = stream_.error_of(errno);
        return true;
      }
      stream_.is_writable_ = false;
      break;
    }
    const auto bytes = static_cast<std::size_t>(sent);
    if (bytes < wanted) stream_.is_writable_ = false;  // full: room brings an edge
    use_up(pieces_, bytes);
    *result_ += bytes;
  }
  if (pieces_.empty() || (is_some_enough_ && *result_ > 0)) return true;
  if (!stream_.is_expired()) return false;
  result_ = stream_.timeout();
  return true;
}

void Stream::shutdown_write() {
  if (is_open()) ::shutdown(fd(), SHUT_WR);
}

// ---- idle ----

bool Stream::is_quiet() {
  if (is_hung_up_ || cancelled_) return false;
  if (!is_readable_) return true;
  char byte;
  const ssize_t received = ::recv(fd(), &byte, 1, MSG_PEEK);
  if (received >= 0 || !would_block(errno)) return false;
  is_readable_ = false;
  return true;
}

void Stream::watch_idle(Waiter* waiter) {
  VERIFY(waiter == nullptr || !has_waiter());
  reader_ = waiter;
}

}  // namespace crossfade::net
