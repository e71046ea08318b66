#include "proxy/control/event_log.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "config/limits.h"
#include "proxy/control/repeated_answers.h"

namespace crossfade {
namespace {

constexpr WallTime kStarted{std::chrono::milliseconds(1'000)};  // so the first id is 1000

ControlEvent adopted(std::uint64_t version) {
  return {kStarted, VersionAdopted{version}};
}

TEST_CASE("a follower is sent every event in order, and none from before") {
  boost::asio::io_context context;
  EventLog log(kStarted);
  log.add(adopted(1));
  const auto stream = std::make_shared<EventStream>(context);

  log.follow(stream, std::nullopt, {});
  log.add(adopted(2));
  log.add(adopted(3));

  const std::string text = stream->take();
  CHECK(text.starts_with("id: 1001\nevent: version_adopted\ndata: {\"version\":2,"));
  CHECK(text.find("id: 1002\n") != std::string::npos);
}

TEST_CASE("who comes back too late is told that something was missed") {
  boost::asio::io_context context;
  EventLog log(kStarted);
  for (std::size_t i = 0; i < limits::kEventsKept + 10; ++i) log.add(adopted(i));
  const auto late = std::make_shared<EventStream>(context);
  const auto in_time = std::make_shared<EventStream>(context);

  log.follow(late, 1'003, {});
  log.follow(in_time, 1'009, {});

  CHECK(late->take().starts_with("id: 1009\nevent: missed\n"));
  CHECK(in_time->take().starts_with("id: 1010\nevent: version_adopted\n"));
}

TEST_CASE("a follower who does not read is cut off and forgotten") {
  boost::asio::io_context context;
  EventLog log(kStarted);
  const auto stream = std::make_shared<EventStream>(context);
  log.follow(stream, std::nullopt, {});

  std::size_t sent = 0;
  while (!stream->is_closed() && sent < limits::kEventStreamBytesMax) {
    log.add({kStarted, JournalChanged{std::string(10'000, 'x')}});
    ++sent;
  }

  CHECK(stream->is_closed());
  CHECK(log.followers() == 0);
}

TEST_CASE("no more answers are kept for repetition than the limit") {
  RepeatedAnswers answers;
  const ApiRequest request{"PUT", "/x"};
  for (std::size_t i = 0; i <= limits::kIdempotencyKeysKept; ++i) {
    REQUIRE(!answers.begin(std::to_string(i), request));
    answers.finish(std::to_string(i), {200, "text/plain", "done"});
  }

  CHECK(!answers.begin("0", request));
  CHECK(answers.begin(std::to_string(limits::kIdempotencyKeysKept), request)->body == "done");
}

TEST_CASE("a key belongs to the query of its request too") {
  RepeatedAnswers answers;
  REQUIRE(!answers.begin("k", {"PUT", "/x", {{"dry_run", "true"}}}));
  answers.finish("k", {200, "text/plain", "planned"});

  CHECK(answers.begin("k", {"PUT", "/x"})->status == 422);
  CHECK(answers.begin("k", {"PUT", "/x", {{"dry_run", "true"}}})->body == "planned");
}

TEST_CASE("a refused request may be made again with its key") {
  RepeatedAnswers answers;
  const ApiRequest request{"PUT", "/x"};
  answers.begin("k", request);
  CHECK(answers.begin("k", request)->status == 409);  // still under way

  answers.finish("k", {503});

  CHECK(!answers.begin("k", request));
}

}  // namespace
}  // namespace crossfade
