#include "proxy/net/listener.h"

#include <cerrno>
#include <cstring>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "config/limits.h"

namespace crossfade::net {
namespace {

Error listen_error(const Address& address, const char* what) {
  return {ErrorCode::kIo, Side::kSelf, Retry::kNever,
          std::string("cannot ") + what + " on " + address.str() + ": " + std::strerror(errno)};
}

// This connection was gone before we took it, or the network's own fault is reported here
// (accept(2)): take the next. EPERM is not among them: a security module that says it leaves the
// connection where it is, and would say it again at once.
bool concerns_one_connection(int number) {
  switch (number) {
    case ECONNABORTED:
    case EINTR:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH: return true;
    default: return false;
  }
}

}  // namespace

Result<void> Listener::listen(const Address& address) {
  UniqueFd fd{::socket(address.is_v6() ? AF_INET6 : AF_INET,
                       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return listen_error(address, "open a socket");
  const int on = 1;
  ::setsockopt(fd.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.value(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  ::setsockopt(fd.value(), IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // accepted sockets inherit it
  if (address.is_v6()) ::setsockopt(fd.value(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.value(), address.raw(), address.raw_size()) != 0)
    return listen_error(address, "bind");
  if (::listen(fd.value(), limits::kListenBacklog) != 0) return listen_error(address, "listen");
  sockaddr_storage bound = {};
  socklen_t size = sizeof bound;
  ::getsockname(fd.value(), reinterpret_cast<sockaddr*>(&bound), &size);
  bound_ = Address::from_sockaddr(reinterpret_cast<sockaddr*>(&bound));
  return open(std::move(fd), false);
}

bool Listener::Accept::attempt() {
  if (listener_.cancelled_) {
    result_ = *listener_.cancelled_;
    return true;
  }
  if (listener_.is_expired()) {  // the pause is over
    listener_.clear_deadline();
    listener_.is_readable_ = true;
  }
  while (listener_.is_readable_ && listener_.has_turn(limits::kAcceptsPerTurnMax)) {
    sockaddr_storage peer = {};
    socklen_t size = sizeof peer;
    UniqueFd fd{::accept4(listener_.fd(), reinterpret_cast<sockaddr*>(&peer), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC)};
    listener_.spend(1);
    if (fd) {
      result_ = Accepted{std::move(fd), Address::from_sockaddr(reinterpret_cast<sockaddr*>(&peer))};
      return true;
    }
    if (concerns_one_connection(errno)) continue;
    listener_.is_readable_ = false;
    if (errno != EAGAIN && errno != EWOULDBLOCK) listener_.pause();
  }
  return false;
}

// Connections wait in the backlog and bring no new edge, so time has to.
void Listener::pause() {
  ++pauses_;
  set_deadline(driver_.now() + limits::kAcceptPause);
}

}  // namespace crossfade::net
