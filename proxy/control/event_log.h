#pragma once

// The last events, numbered, and who is listening: a reader that comes back with the last id it saw
// misses nothing that is still kept (limits::kEventsKept). Control thread only.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "proxy/control/control_event.h"
#include "proxy/control/event_stream.h"

namespace crossfade {

// An event as it is told: kind is the SSE event name ("weights_changed"). PURE.
struct EventText {
  std::string kind;
  MigrationName migration;  // that it is about; empty: none
  boost::json::object fields;
};
EventText describe(const ControlEvent& event);

class EventLog {
 public:
  // Ids begin at the wall clock's milliseconds, so that those of an earlier process are always
  // older.
  explicit EventLog(WallTime started);

  void add(const ControlEvent& event);

  // Sends what is kept after `last_seen` (nothing when absent), then every new event, of one
  // migration or of all. When some of what came after `last_seen` is no longer kept, a "missed"
  // event says so first.
  void follow(std::shared_ptr<EventStream> stream, std::optional<std::uint64_t> last_seen,
              MigrationName migration);

  std::size_t followers() const { return followers_.size(); }

 private:
  struct Kept {
    std::uint64_t id;
    std::string kind;
    MigrationName migration;
    std::string json;
  };
  struct Follower {
    std::shared_ptr<EventStream> stream;
    MigrationName migration;
  };

  static bool send(const Follower& follower, const Kept& event);

  std::deque<Kept> kept_;
  std::uint64_t next_id_;
  std::uint64_t first_id_;
  std::vector<Follower> followers_;  // bounded by the server's connections
};

}  // namespace crossfade
