#pragma once

// The control API as its callers see it: the real controller, catalog, event log and server on a
// real socket, one thread, a memory journal, and workers that adopt when the test says so.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/value.hpp>

#include "discovery/sources/make_source.h"
#include "proxy/control/api.h"
#include "proxy/control/http_server.h"
#include "proxy/control/memory_journal.h"

namespace crossfade {

struct Answered {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  boost::json::value json() const;
  // errors[0].pointer of a problem; empty when there is none.
  std::string pointer() const;
};

class ApiUnderTest {
 public:
  // Two services: playlist in old (weight 100) and new (0), search in old.
  explicit ApiUnderTest(std::string token = "");

  // One request on a connection of its own, answered within seconds or the test fails.
  // headers: "Name: value\r\n" each.
  Answered ask(std::string_view method, std::string_view target, std::string_view body = "",
               std::string_view headers = "");

  // Bytes as they are; everything that comes until the server closes or `until` was seen.
  std::string exchange(std::string_view bytes, std::string_view until = "");

  // Begins a request whose answer comes later.
  void begin(std::string_view method, std::string_view target, std::string_view body = "",
             std::string_view headers = "");
  bool is_answered();  // after all that can happen now has happened
  Answered take();     // waits for the answer to begin()

  void adopt();  // the slowest worker serves what was published last
  void turn_until(const std::function<bool()>& done);
  void advance(Duration duration) { clock.time += duration; }

  struct SettableClock final : Clock {
    Instant time = {};
    Instant now() const override { return time; }
    WallTime wall() const override { return WallTime{std::chrono::milliseconds(1'000'000)}; }
  };

  boost::asio::io_context context;
  SettableClock clock;
  SystemEntropy entropy;
  std::string token;
  ReloadResult next_reload;  // what the API is told
  bool journal_hangs = false;
  std::vector<std::function<void()>> held;  // its answers meanwhile
  MemoryJournal journal;
  std::shared_ptr<const Snapshot> published;
  Controller controller;
  Catalog catalog;
  EventLog events;
  Api api;
  HttpServer server;

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

}  // namespace crossfade
