#include "proxy/net/task.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/proxy/net/allocations.h"

namespace crossfade::net {
namespace {

// A place where one coroutine waits until the test opens it.
class Gate {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  void await_resume() {}
  void open() { std::exchange(waiting_, nullptr).resume(); }
  bool is_waited_for() const { return static_cast<bool>(waiting_); }

 private:
  std::coroutine_handle<> waiting_;
};

using Lines = std::vector<std::string>;

Task<int> doubled(int value) {
  co_return value * 2;
}

Task<int> doubled_after(Gate& gate, int value) {
  co_await gate;
  co_return value * 2;
}

Task<void> note(Lines& lines, std::string line) {
  lines.push_back(std::move(line));
  co_return;
}

Task<void> note_around(Lines& lines, Gate& gate, std::string name) {
  lines.push_back(name + " begins");
  co_await gate;
  lines.push_back(name + " ends");
}

TEST_CASE("a task does not start before it is awaited") {
  Lines lines;
  { Task<void> never_awaited = note(lines, "ran"); }
  CHECK(lines.empty());
}

Task<void> sum_of_two(Gate& gate, int& sum) {
  sum = co_await doubled(1) + co_await doubled_after(gate, 20);
}

TEST_CASE("a task hands its value to who awaits it, at once or after a wait") {
  Gate gate;
  int sum = 0;
  spawn(sum_of_two(gate, sum));
  CHECK(sum == 0);

  gate.open();

  CHECK(sum == 42);
}

Task<void> two_notes(Lines& lines, Gate& gate) {
  co_await note_around(lines, gate, "child");
  co_await note(lines, "parent");
}

TEST_CASE("the awaiting task goes on after the awaited one, in order") {
  Lines lines;
  Gate gate;
  spawn(two_notes(lines, gate));
  lines.push_back("elsewhere");

  gate.open();

  CHECK(lines == Lines{"child begins", "elsewhere", "child ends", "parent"});
}

Task<void> count_up(int& count) {
  ++count;
  co_return;
}
Task<void> count_up_often(int& count, int times) {
  for (int i = 0; i < times; ++i) co_await count_up(count);
}

TEST_CASE("a million tasks that never wait use no stack") {
  int count = 0;
  spawn(count_up_often(count, 1'000'000));
  CHECK(count == 1'000'000);
}

Task<void> both_then_note(Lines& lines, Gate& first, Gate& second) {
  co_await both(note_around(lines, first, "a"), note_around(lines, second, "b"));
  lines.push_back("both");
}

TEST_CASE("both runs two tasks side by side and is done when both are") {
  Lines lines;
  Gate first;
  Gate second;
  spawn(both_then_note(lines, first, second));
  CHECK(lines == Lines{"a begins", "b begins"});

  SECTION("the first ends first") {
    first.open();
    CHECK(lines.back() == "a ends");
    second.open();
    CHECK(lines == Lines{"a begins", "b begins", "a ends", "b ends", "both"});
  }
  SECTION("the second ends first") {
    second.open();
    CHECK(lines.back() == "b ends");
    first.open();
    CHECK(lines == Lines{"a begins", "b begins", "b ends", "a ends", "both"});
  }
}

Task<void> both_with_one_ready(Lines& lines, Gate& gate, bool ready_first) {
  if (ready_first) {
    co_await both(note(lines, "ready"), note_around(lines, gate, "late"));
  } else {
    co_await both(note_around(lines, gate, "late"), note(lines, "ready"));
  }
  lines.push_back("both");
}

TEST_CASE("both waits for the other when one never waits") {
  const bool ready_first = GENERATE(true, false);
  Lines lines;
  Gate gate;
  spawn(both_with_one_ready(lines, gate, ready_first));
  CHECK(lines.size() == 2);

  gate.open();

  CHECK(lines.size() == 4);
  CHECK(lines.back() == "both");
}

Task<void> both_ready(Lines& lines) {
  co_await both(note(lines, "a"), note(lines, "b"));
  lines.push_back("both");
}

TEST_CASE("both does not wait when neither does") {
  Lines lines;
  spawn(both_ready(lines));
  CHECK(lines == Lines{"a", "b", "both"});
}

struct Witness {
  explicit Witness(int& alive) : alive_{&alive} { ++*alive_; }
  Witness(Witness&& other) noexcept : alive_{other.alive_} { ++*alive_; }
  ~Witness() { --*alive_; }
  int* alive_;
};

Task<void> hold(Witness witness, Gate& gate) {
  co_await gate;
  static_cast<void>(witness);
}
Task<void> hold_two(int& alive, Gate& first, Gate& second) {
  co_await both(hold(Witness{alive}, first), hold(Witness{alive}, second));
}

TEST_CASE("arguments of detached and joined tasks are destroyed exactly once") {
  int alive = 0;
  Gate first;
  Gate second;
  spawn(hold_two(alive, first, second));
  CHECK(alive >= 2);  // the temporaries live as long as the wait

  first.open();
  second.open();

  CHECK(alive == 0);
}

TEST_CASE("frames are recycled: no allocation after the first run") {
  Gate first;
  Gate second;
  int alive = 0;
  int sum = 0;
  const auto run = [&] {
    spawn(hold_two(alive, first, second));
    first.open();
    second.open();
    spawn(sum_of_two(first, sum));
    first.open();
  };
  run();
  const std::size_t before = allocations();

  for (int i = 0; i < 100; ++i) run();

  if (kFramesAreRecycled) CHECK(allocations() == before);
}

}  // namespace
}  // namespace crossfade::net
