#include "proxy/net/listener.h"

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <thread>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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

struct Alarm : Deadline {
  Alarm() : Deadline{[](Deadline& self) { static_cast<Alarm&>(self).has_rung = true; }} {}
  bool has_rung = false;
};

TEST_CASE("a listener out of descriptors pauses and then goes on") {
  Listening loop;
  Alarm alarm;
  loop.driver.arm(alarm, loop.driver.now() + 1ms);
  loop.run_until([&] { return alarm.has_rung; });
  std::vector<Peer> clients;
  clients.push_back(Peer::connect(loop.listener.bound()));
  rlimit before = {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none_left = before;
  none_left.rlim_cur = 3;

  // Nothing new is called meanwhile, not even a check: the undefined-behaviour sanitizer opens a
  // pipe to look at an object of a type that it has not met before, and without one calls the
  // object broken. The loop and its timer it has met above.
  const int limited = ::setrlimit(RLIMIT_NOFILE, &none_left);
  loop.run_until([&] { return loop.listener.pauses() > 0; });
  const bool is_any_accepted = !loop.accepted.empty();
  ::setrlimit(RLIMIT_NOFILE, &before);
  loop.run_until([&] { return !loop.accepted.empty(); });

  CHECK(limited == 0);
  CHECK_FALSE(is_any_accepted);
  CHECK(loop.accepted.size() == 1);
}

// From now on accept4(2) of this thread fails with EPERM, as under a security module that forbids
// it.
bool forbid_accept() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_accept4, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {std::size(program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_CASE("a listener that may not accept pauses instead of trying without end") {
  std::uint64_t pauses = 0;
  bool is_forbidden = false;

  std::thread{[&] {  // of its own, because the ban is for the life of a thread
    is_forbidden = forbid_accept();
    if (!is_forbidden) return;
    Listening loop;
    const Peer client = Peer::connect(loop.listener.bound());
    loop.run_until([&] { return loop.listener.pauses() > 0; });
    pauses = loop.listener.pauses();
  }}
      .join();

  REQUIRE(is_forbidden);
  CHECK(pauses == 1);
}

}  // namespace
}  // namespace crossfade::net
