#pragma once

// The whole product but its sockets, in one thread and virtual time: the real control core,
// migration step, gate, ramp, catalog, snapshot build, splitter and balancer between fake doors.
// The same seed gives the same run.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "discovery/catalog.h"
#include "proxy/control/controller.h"
#include "tests/sim/doors.h"
#include "tests/sim/invariants.h"
#include "tests/sim/workers.h"

namespace crossfade {

struct Seed {
  std::uint64_t value = 0;
};

// Service "playlist" in clusters old, new and third, all requests on old; service "catalog"
// likewise. Four endpoints each.
class Simulation {
 public:
  static constexpr Duration kTick = 100ms;

  explicit Simulation(Seed seed);
  ~Simulation();

  // ---- the world ----
  void advance(Duration duration);
  void set_journal(FakeJournal::Mode mode);
  void set_weather(std::string_view cluster, Weather weather);
  void set_lateness(Duration late_max) { late_max_ = late_max; }  // of workers that adopt
  void set_requests_per_tick(std::size_t requests) { requests_per_tick_ = requests; }
  void say(std::string_view service, std::string_view cluster, SourceReport report);
  SourceModel& source(std::string_view service, std::string_view cluster);
  void probe(std::string_view service, std::string_view cluster, std::size_t endpoint, bool ok);
  void step_wall_clock(std::chrono::milliseconds by) { clock_.step_wall(by); }

  // ---- the process ----
  void kill();
  void kill_control_at(Door door) { kill_switch_.arm(door); }  // the next time it is used
  void restart_control();
  bool is_running() const { return process_ != nullptr; }
  // Reads the configuration again, with its clusters in another order.
  void reload();

  // ---- the operator; the answer is "" or the error, nothing while there is none ----
  using Answer = std::shared_ptr<std::optional<std::string>>;
  Answer start_migration(std::string_view service, Ramp ramp,
                         std::vector<MigrationTarget> targets = {});
  Answer command(Verb verb);
  Answer set_weights(std::string_view service, Controller::Weights weights);
  Answer delete_migration();

  // ---- looking ----
  Controller& controller();
  const Migration& migration();
  bool has_migration();
  Share published_share(std::string_view service, std::string_view cluster = "new");
  Share journaled_share(std::string_view service, std::string_view cluster = "new");
  Verdict::Kind verdict() { return migration().verdict.kind; }
  std::uint64_t failed(std::string_view cluster);
  const std::map<std::string, int>& stages_seen() const { return stages_seen_; }
  const std::string& broken() const { return invariants_.broken(); }
  std::string last_events() const;
  void note(std::string what);

 private:
  struct Process;

  void tick();
  void guarded(const std::function<void()>& act);
  Controller::Done answering(const Answer& answer);
  std::shared_ptr<const Config> config() const;

  Random random_;
  VirtualClock clock_;
  Disk disk_;
  KillSwitch kill_switch_;
  Invariants invariants_;
  std::map<std::string, SourceModel> sources_;
  std::map<ClusterName, Weather> weather_;
  std::map<ClusterName, std::uint64_t> failed_;
  Duration late_max_ = 200ms;
  std::size_t requests_per_tick_ = 20;
  bool is_reordered_ = false;
  FakeJournal::Mode mode_ = FakeJournal::Mode::kFast;
  std::map<std::string, int> stages_seen_;
  std::deque<std::string> events_;
  std::unique_ptr<Process> process_;
};

}  // namespace crossfade
