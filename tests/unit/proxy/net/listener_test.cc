#include "proxy/net/listener.h"

#include <vector>

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "config/limits.h"
#include "proxy/net/task.h"
#include "tests/unit/proxy/net/loopback.h"

namespace crossfade::net {
namespace {

const Address kAnyPort = Address::from_v4(INADDR_LOOPBACK, 0);

Task<void> accept_all(Listener& listener, std::vector<Accepted>& accepted,
                      std::optional<Error>& ended) {
  for (;;) {
    Result<Accepted> one = co_await listener.accept();
    if (!one) {
      ended = one.error();
      co_return;
    }
    accepted.push_back(std::move(*one));
  }
}

struct Listening : Loop {
  Listening() {
    REQUIRE(listener.listen(kAnyPort).has_value());
    spawn(accept_all(listener, accepted, ended));
  }
  ~Listening() {
    listener.cancel({ErrorCode::kUnavailable, Side::kSelf, Retry::kNever});
    run_until([this] { return ended.has_value(); });
  }
  Listener listener{driver};
  std::vector<Accepted> accepted;
  std::optional<Error> ended;
};

TEST_CASE("a connection is accepted with its peer's address, ready for a stream") {
  Listening loop;
  CHECK(loop.listener.bound().port() != 0);
  Peer client = Peer::connect(loop.listener.bound());
  loop.run_until([&] { return !loop.accepted.empty(); });

  sockaddr_storage own = {};
  socklen_t size = sizeof own;
  ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &size);
  CHECK(loop.accepted[0].peer == Address::from_sockaddr(reinterpret_cast<sockaddr*>(&own)));
  CHECK((::fcntl(loop.accepted[0].fd.value(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(loop.accepted[0].fd.value(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("more connections than one turn accepts are all accepted") {
  Listening loop;
  std::vector<Peer> clients;
  const std::size_t many = 3 * limits::kAcceptsPerTurnMax + 5;
  for (std::size_t i = 0; i < many; ++i) clients.push_back(Peer::connect(loop.listener.bound()));

  loop.run_until([&] { return loop.accepted.size() == many; });

  CHECK(loop.listener.pauses() == 0);
}

TEST_CASE("two workers listen on one address") {
  Listening loop;
  Listener second{loop.driver};
  CHECK(second.listen(loop.listener.bound()).has_value());
}

TEST_CASE("an address in use by somebody else is an error that names it") {
  Loop loop;
  Origin origin;
  Listener listener{loop.driver};

  const Result<void> result = listener.listen(origin.address());

  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::kIo);
  CHECK_THAT(result.error().message, Catch::Contains(origin.address().str()));
}

TEST_CASE("a listener out of descriptors pauses and then goes on") {
  Listening loop;
  std::vector<Peer> clients;
  clients.push_back(Peer::connect(loop.listener.bound()));
  rlimit before = {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none_left = before;
  none_left.rlim_cur = 3;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none_left) == 0);

  loop.run_until([&] { return loop.listener.pauses() > 0; });
  CHECK(loop.accepted.empty());
  ::setrlimit(RLIMIT_NOFILE, &before);
  loop.run_until([&] { return loop.accepted.size() == 1; });

  CHECK(loop.listener.pauses() > 0);
}

}  // namespace
}  // namespace crossfade::net
