#include "proxy/control/event_log.h"

#include <utility>

#include <boost/json.hpp>

#include "config/limits.h"
#include "proxy/control/migration_json.h"

namespace crossfade {
namespace json = boost::json;

namespace {

EventText tell(const WeightsChanged& event) {
  json::object shares;
  for (const auto& [cluster, share] : event.shares) shares[cluster.str()] = share.ppm();
  return {"weights_changed",
          event.migration,
          {{"service", event.service.str()},
           {"shares_ppm", std::move(shares)},
           {"revision", event.revision},
           {"because", to_json(event.because)}}};
}

EventText tell(const VerdictChanged& event) {
  return {"verdict_changed",
          event.migration,
          {{"service", event.service.str()}, {"verdict", to_json(event.verdict)}}};
}

EventText tell(const StageChanged& event) {
  return {"stage_changed",
          event.migration,
          {{"service", event.service.str()},
           {"stage", to_string(event.stage)},
           {"paused", event.paused},
           {"because", to_json(event.because)}}};
}

EventText tell(const MigrationRemoved& event) {
  return {"migration_deleted",
          event.migration,
          {{"service", event.service.str()}, {"because", to_json(event.because)}}};
}

EventText tell(const EndpointsChanged& event) {
  return {"endpoints_changed",
          {},
          {{"service", event.service.str()},
           {"cluster", event.cluster.str()},
           {"endpoints", event.endpoints},
           {"healthy", event.healthy}}};
}

EventText tell(const ConfigReloaded& event) {
  return {"config_reloaded", {}, {{"services", event.services}}};
}

EventText tell(const VersionAdopted& event) {
  return {"version_adopted", {}, {{"version", event.version}}};
}

EventText tell(const JournalChanged& event) {
  return {"journal_changed", {}, {{"error", event.error}}};
}

}  // namespace

EventText describe(const ControlEvent& event) {
  EventText text = std::visit([](const auto& what) { return tell(what); }, event.what);
  text.fields["at"] = to_text(event.at);
  if (!text.migration.empty()) text.fields["migration"] = text.migration.str();
  return text;
}

EventLog::EventLog(WallTime started)
    : next_id_{static_cast<std::uint64_t>(started.time_since_epoch().count())},
      first_id_{next_id_} {}

void EventLog::add(const ControlEvent& event) {
  EventText text = describe(event);
  kept_.push_back(
      {next_id_++, std::move(text.kind), std::move(text.migration), json::serialize(text.fields)});
  if (kept_.size() > limits::kEventsKept) kept_.pop_front();
  std::erase_if(followers_,
                [&](const Follower& follower) { return !send(follower, kept_.back()); });
}

void EventLog::follow(std::shared_ptr<EventStream> stream, std::optional<std::uint64_t> last_seen,
                      MigrationName migration) {
  const Follower follower{std::move(stream), std::move(migration)};
  if (last_seen) {
    const std::uint64_t oldest = kept_.empty() ? next_id_ : kept_.front().id;
    const bool lost_some = oldest > first_id_ && *last_seen + 1 < oldest;
    if (lost_some && *last_seen != 0) {
      follower.stream->send(oldest - 1, "missed",
                            json::serialize(json::object{{"oldest_kept", oldest}}));
    }
    for (const Kept& event : kept_) {
      if (event.id > *last_seen) send(follower, event);
    }
  }
  std::erase_if(followers_, [](const Follower& other) { return other.stream->is_closed(); });
  if (!follower.stream->is_closed()) followers_.push_back(follower);
}

// False once nobody reads.
bool EventLog::send(const Follower& follower, const Kept& event) {
  if (!follower.migration.empty() && follower.migration != event.migration)
    return !follower.stream->is_closed();
  return follower.stream->send(event.id, event.kind, event.json);
}

}  // namespace crossfade
