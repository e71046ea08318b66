#include "proxy/net/stream.h"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "proxy/net/task.h"
#include "tests/unit/proxy/net/allocations.h"
#include "tests/unit/proxy/net/loopback.h"

namespace crossfade::net {
namespace {

struct Connected : Loop {
  Connected() {
    TcpPair pair;
    peer = std::move(pair.peer);
    REQUIRE(stream.adopt(std::move(pair.ours)).has_value());
  }
  Stream stream{driver, Side::kUpstream};
  Peer peer;
};

using Read = std::optional<Result<std::size_t>>;

Task<void> read_into(Stream& stream, std::span<char> buffer, Read& read) {
  read = co_await stream.read_some(buffer);
}
Task<void> wait_readable(Stream& stream, std::optional<Result<void>>& ready) {
  ready = co_await stream.readable();
}
Task<void> write(Stream& stream, std::string_view bytes, Read& written) {
  written = co_await stream.write_all(bytes);
}
Task<void> connect(Stream& stream, Address address, std::optional<Result<void>>& connected) {
  connected = co_await stream.connect(address);
}

std::string read_now(Connected& loop, std::size_t most = 64) {
  std::string buffer(most, '\0');
  Read read;
  spawn(read_into(loop.stream, buffer, read));
  loop.run_until([&] { return read.has_value(); });
  REQUIRE(read->has_value());
  buffer.resize(**read);
  return buffer;
}

TEST_CASE("what the peer sent is read, before or after the wait began") {
  Connected loop;
  SECTION("before") {
    loop.peer.send("early");
    CHECK(read_now(loop) == "early");
  }
  SECTION("after") {
    std::string buffer(64, '\0');
    Read read;
    spawn(read_into(loop.stream, buffer, read));
    loop.settle();
    CHECK_FALSE(read.has_value());

    loop.peer.send("late");
    loop.run_until([&] { return read.has_value(); });

    CHECK(buffer.substr(0, **read) == "late");
  }
}

TEST_CASE("a buffer that is filled exactly leaves the rest to the next read") {
  Connected loop;
  loop.peer.send("abcdefgh");

  CHECK(read_now(loop, 4) == "abcd");
  CHECK(read_now(loop, 4) == "efgh");

  loop.peer.send("i");
  CHECK(read_now(loop, 4) == "i");
}

TEST_CASE("bytes that came together with the end are read, then the end") {
  Connected loop;
  loop.peer.send("last words");
  loop.peer.end_writing();

  CHECK(read_now(loop) == "last words");
  CHECK(read_now(loop).empty());
  CHECK(read_now(loop).empty());
  CHECK(loop.stream.peer_closed());
}

TEST_CASE("an end that comes after a short read is noticed without a read") {
  Connected loop;
  loop.peer.send("short");
  CHECK(read_now(loop) == "short");
  CHECK_FALSE(loop.stream.peer_closed());

  loop.peer.close();
  loop.settle();

  CHECK(loop.stream.peer_closed());
  CHECK(read_now(loop).empty());
}

TEST_CASE("a reset is an error of the peer's side") {
  Connected loop;
  std::string buffer(64, '\0');
  Read read;
  spawn(read_into(loop.stream, buffer, read));

  loop.peer.reset();
  loop.run_until([&] { return read.has_value(); });

  REQUIRE_FALSE(read->has_value());
  CHECK(read->error().code == ErrorCode::kReset);
  CHECK(read->error().side == Side::kUpstream);
}

TEST_CASE("after a failed write the end that is read is not a clean one") {
  Connected loop;
  loop.settle();
  loop.peer.reset();
  Read written;
  spawn(write(loop.stream, "to nobody", written));
  loop.run_until([&] { return written.has_value(); });
  REQUIRE_FALSE(written->has_value());

  std::string buffer(64, '\0');
  Read read;
  spawn(read_into(loop.stream, buffer, read));
  loop.run_until([&] { return read.has_value(); });

  CHECK_FALSE(read->has_value());
}

TEST_CASE("readable waits for bytes and takes none") {
  Connected loop;
  std::optional<Result<void>> ready;
  spawn(wait_readable(loop.stream, ready));
  loop.settle();
  CHECK_FALSE(ready.has_value());

  loop.peer.send("x");
  loop.run_until([&] { return ready.has_value(); });

  CHECK(ready->has_value());
  CHECK(read_now(loop) == "x");
}

TEST_CASE("a write waits while the peer does not read, and loses no byte") {
  Connected loop;
  std::string sent(32 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 5);
  Read written;
  spawn(write(loop.stream, sent, written));
  loop.settle();
  CHECK_FALSE(written.has_value());

  std::string received;
  while (received.size() < sent.size()) {
    received += loop.peer.receive(1024 * 1024);
    loop.context.restart();
    loop.context.poll();
  }

  CHECK(written.has_value());
  CHECK(**written == sent.size());
  CHECK(received == sent);
}

Task<void> write_pieces(Stream& stream, std::span<iovec> pieces, Read& written) {
  written = co_await stream.write_all(pieces);
}

TEST_CASE("more pieces than fit into one system call arrive in order, empty ones too") {
  Connected loop;
  std::string letters;
  for (int i = 0; i < 200; ++i) letters += static_cast<char>('a' + i % 26);
  std::vector<iovec> pieces;
  for (char& letter : letters) {
    pieces.push_back({&letter, 1});
    pieces.push_back({nullptr, 0});
  }
  Read written;
  spawn(write_pieces(loop.stream, pieces, written));
  loop.run_until([&] { return written.has_value(); });

  std::string received;
  while (received.size() < letters.size()) received += loop.peer.receive(letters.size());
  CHECK(received == letters);
}

Task<void> write_patiently(Stream& stream, std::span<iovec> pieces, Duration patience,
                           std::size_t& parts, std::optional<Result<void>>& done) {
  while (!pieces.empty()) {
    stream.set_deadline(stream.driver().now() + patience);
    const Result<std::size_t> sent = co_await stream.write_some(pieces);
    if (sent.has_error()) {
      done = sent.error();
      co_return;
    }
    CHECK(*sent > 0);
    ++parts;
  }
  done = Result<void>{};
}

TEST_CASE("a peer that takes something now and then is slow, one that takes nothing has stalled") {
  Connected loop;
  const int small = 8 * 1024;
  ::setsockopt(loop.stream.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  ::setsockopt(loop.peer.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  std::string sent(1024 * 1024, 'x');
  iovec piece = {sent.data(), sent.size()};
  std::size_t parts = 0;
  std::optional<Result<void>> done;
  const auto look = [&] { loop.context.restart(), loop.context.poll(); };

  SECTION("slow") {
    spawn(write_patiently(loop.stream, {&piece, 1}, 10s, parts, done));
    std::size_t received = 0;
    while (received < sent.size()) {
      received += loop.peer.receive(64 * 1024).size();
      look();
    }
    loop.run_until([&] { return done.has_value(); });
    CHECK(done->has_value());
    CHECK(parts > 1);
  }
  SECTION("stalled") {
    spawn(write_patiently(loop.stream, {&piece, 1}, 20ms, parts, done));
    loop.run_until([&] { return done.has_value(); });
    REQUIRE(done->has_error());
    CHECK(done->error().code == ErrorCode::kTimeout);
  }
}

TEST_CASE("a wait past its deadline times out, and a new deadline allows another") {
  Connected loop;
  std::string buffer(64, '\0');
  Read read;
  loop.stream.set_deadline(loop.driver.now() + 10ms);
  spawn(read_into(loop.stream, buffer, read));
  loop.run_until([&] { return read.has_value(); });
  REQUIRE_FALSE(read->has_value());
  CHECK(read->error().code == ErrorCode::kTimeout);
  CHECK(read->error().side == Side::kUpstream);

  Read again;
  spawn(read_into(loop.stream, buffer, again));
  CHECK(again.has_value());  // still past it: fails at once
  loop.stream.clear_deadline();
  loop.peer.send("late");
  CHECK(read_now(loop) == "late");
}

TEST_CASE("a deadline moved later while waiting counts from its new time") {
  Connected loop;
  loop.driver.refresh();
  const Instant begin = loop.driver.now();
  std::string buffer(64, '\0');
  Read read;
  loop.stream.set_deadline(begin + 10ms);
  spawn(read_into(loop.stream, buffer, read));
  loop.stream.set_deadline(begin + 60ms);

  loop.run_until([&] { return read.has_value(); });

  CHECK(loop.driver.now() >= begin + 60ms);
}

TEST_CASE("cancel wakes reader and writer with its error, and holds for what comes later") {
  Connected loop;
  const std::string much(32 * 1024 * 1024, 'x');
  std::string buffer(64, '\0');
  Read read;
  Read written;
  spawn(read_into(loop.stream, buffer, read));
  spawn(write(loop.stream, much, written));
  loop.settle();

  loop.stream.cancel({ErrorCode::kUnavailable, Side::kSelf, Retry::kNever});
  CHECK_FALSE(read.has_value());  // not from inside the call
  loop.run_until([&] { return read.has_value() && written.has_value(); });

  CHECK(read->error().code == ErrorCode::kUnavailable);
  CHECK(written->error().code == ErrorCode::kUnavailable);
  Read later;
  spawn(read_into(loop.stream, buffer, later));
  CHECK(later->error().code == ErrorCode::kUnavailable);
}

TEST_CASE(
    "closing one stream while another's event is being handled drops the events it still had") {
  Loop loop;
  TcpPair first_pair;
  TcpPair second_pair;
  Stream first{loop.driver, Side::kClient};
  auto second = std::make_unique<Stream>(loop.driver, Side::kClient);
  REQUIRE(first.adopt(std::move(first_pair.ours)).has_value());
  REQUIRE(second->adopt(std::move(second_pair.ours)).has_value());
  loop.settle();

  // Both become readable in one turn; whoever is woken first destroys the other one, which nobody
  // waits on.
  struct Closer : Waiter {
    explicit Closer(std::unique_ptr<Stream>& other)
        : Waiter{[](Waiter& self) { static_cast<Closer&>(self).victim.reset(); }}, victim{other} {}
    std::unique_ptr<Stream>& victim;
  } closer{second};
  first.watch_idle(&closer);
  first_pair.peer.send("x");
  second_pair.peer.send("x");
  loop.run_until([&] { return second == nullptr; });
  loop.settle();

  first.watch_idle(nullptr);
  CHECK(second == nullptr);
}

Task<void> flood(Stream& from, std::size_t& bytes, bool& stop) {
  std::string buffer(64 * 1024, '\0');
  while (!stop) {
    const Result<std::size_t> read = co_await from.read_some(buffer);
    if (!read || *read == 0) co_return;
    bytes += *read;
  }
}

TEST_CASE("a socket that always has more does not keep the others waiting") {
  Connected loop;
  TcpPair quiet_pair;
  Stream quiet{loop.driver, Side::kClient};
  REQUIRE(quiet.adopt(std::move(quiet_pair.ours)).has_value());
  const int large = 8 * 1024 * 1024;
  ::setsockopt(loop.stream.fd(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
  const std::string chunk(3 * 1024 * 1024, 'x');
  ::setsockopt(loop.peer.fd(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
  loop.peer.send(chunk);
  loop.settle();
  std::size_t bytes = 0;
  bool stop = false;

  spawn(flood(loop.stream, bytes, stop));

  CHECK(bytes <= limits::kBytesPerTurnMax + 64 * 1024);
  loop.run_until([&] { return bytes == chunk.size(); });
  stop = true;
  loop.peer.send("x");
  loop.run_until([&] { return bytes == chunk.size() + 1; });
}

TEST_CASE("connect reaches a listening origin") {
  Loop loop;
  Origin origin;
  Stream stream{loop.driver, Side::kUpstream};
  std::optional<Result<void>> connected;
  spawn(connect(stream, origin.address(), connected));
  loop.run_until([&] { return connected.has_value(); });
  REQUIRE(connected->has_value());

  Peer peer = origin.accept();
  Read written;
  spawn(write(stream, "hello", written));
  loop.run_until([&] { return written.has_value(); });

  CHECK(peer.receive(5) == "hello");
}

TEST_CASE("a refused connection is the upstream's and may be tried again") {
  Loop loop;
  Origin origin;
  const Address address = origin.address();
  origin.close();
  Stream stream{loop.driver, Side::kUpstream};
  std::optional<Result<void>> connected;
  spawn(connect(stream, address, connected));
  loop.run_until([&] { return connected.has_value(); });

  REQUIRE_FALSE(connected->has_value());
  CHECK(connected->error().code == ErrorCode::kConnectRefused);
  CHECK(connected->error().side == Side::kUpstream);
  CHECK(connected->error().retry == Retry::kYes);
}

TEST_CASE("a connection that is not answered times out at its deadline") {
  Loop loop;
  Origin origin{0};
  std::vector<UniqueFd> fillers;  // a full backlog answers nobody
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(fillers.back().value(), origin.address().raw(), origin.address().raw_size());
  }
  Stream stream{loop.driver, Side::kUpstream};
  std::optional<Result<void>> connected;
  stream.set_deadline(loop.driver.now() + 20ms);
  spawn(connect(stream, origin.address(), connected));
  loop.run_until([&] { return connected.has_value(); });

  REQUIRE_FALSE(connected->has_value());
  CHECK(connected->error().code == ErrorCode::kConnectTimeout);
  CHECK(connected->error().retry == Retry::kYes);
}

TEST_CASE("a quiet connection is one with nothing received and nothing closed") {
  Connected loop;
  loop.settle();
  CHECK(loop.stream.is_quiet());

  SECTION("bytes") {
    loop.peer.send("unasked");
    loop.settle();
    CHECK_FALSE(loop.stream.is_quiet());
  }
  SECTION("the end") {
    loop.peer.close();
    loop.settle();
    CHECK_FALSE(loop.stream.is_quiet());
  }
  SECTION("a buffer filled by the last byte there was") {
    loop.peer.send("1234");
    CHECK(read_now(loop, 4) == "1234");
    CHECK(loop.stream.is_quiet());
  }
}

Task<void> echo(Stream& stream) {
  char buffer[256];
  for (;;) {
    stream.set_deadline(stream.driver().now() + 30s);
    const Result<std::size_t> read = co_await stream.read_some(buffer);
    if (!read || *read == 0) co_return;
    stream.set_deadline(stream.driver().now() + 10s);
    const Result<std::size_t> written =
        co_await stream.write_all(std::span<const char>{buffer, *read});
    if (!written) co_return;
  }
}

TEST_CASE("a round trip in the steady state allocates nothing") {
  Connected loop;
  spawn(echo(loop.stream));
  const auto round_trip = [&] {
    loop.peer.send("ping");
    loop.context.restart();
    loop.context.run_one_for(1s);
    char reply[8];
    while (::recv(loop.peer.fd(), reply, sizeof reply, MSG_DONTWAIT) < 0)
      loop.context.run_one_for(1s);
  };
  for (int i = 0; i < 10; ++i) round_trip();
  const std::size_t before = allocations();

  for (int i = 0; i < 100; ++i) round_trip();

  if (kFramesAreRecycled) CHECK(allocations() == before);
  loop.peer.close();
  loop.settle();
}

}  // namespace
}  // namespace crossfade::net
