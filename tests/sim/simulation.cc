#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

namespace crossfade {

namespace {

constexpr std::size_t kEventsShown = 40;

EndpointSet endpoints_of(std::uint32_t network) {
  EndpointSet set;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    set.push_back(Endpoint{.address = Address::from_v4(0x0a000000 + (network << 8) + i, 80)});
  }
  return set;
}

ClusterConfig cluster(const std::string& service, const char* name, std::uint32_t weight) {
  return {
      .name = ClusterName::of(name), .weight = weight, .source = FileSource{service + "/" + name}};
}

struct Describe {
  std::string operator()(const WeightsChanged& event) const {
    std::string text = event.service.str() + " r" + std::to_string(event.revision);
    for (const auto& share : event.shares)
      text += " " + share.cluster.str() + "=" + std::to_string(share.share.ppm());
    return text + " because " + event.because.why;
  }
  std::string operator()(const VerdictChanged& event) const {
    return "verdict " + std::string(to_string(event.verdict.kind)) + ": " + event.verdict.because;
  }
  std::string operator()(const StageChanged& event) const {
    return "stage " + std::string(to_string(event.stage)) + (event.paused ? " (paused): " : ": ") +
           event.because.why;
  }
  std::string operator()(const MigrationRemoved&) const { return "migration removed"; }
  std::string operator()(const EndpointsChanged& event) const {
    return event.service.str() + "/" + event.cluster.str() + " " + std::to_string(event.healthy) +
           " of " + std::to_string(event.endpoints) + " healthy";
  }
  std::string operator()(const ConfigReloaded&) const { return "config reloaded"; }
  std::string operator()(const VersionAdopted& event) const {
    return "adopted v" + std::to_string(event.version);
  }
  std::string operator()(const JournalChanged& event) const { return "journal " + event.error; }
};

}  // namespace

// What a kill takes away.
struct Simulation::Process {
  explicit Process(Simulation& sim)
      : journal{sim.disk_, sim.clock_, sim.kill_switch_, sim.random_.next()},
        workers{2, sim.random_.next()},
        controller{{journal, sim.clock_,
                    [this, &sim](std::shared_ptr<const Snapshot> snapshot) {
                      sim.note("published v" + std::to_string(snapshot->version));
                      sim.invariants_.on_publish(*snapshot, controller);
                      workers.publish(std::move(snapshot), sim.clock_.now(), sim.late_max_);
                      sim.kill_switch_.pass(Door::kPublish);
                    }}},
        catalog{sim.clock_,
                [&sim](const SourceConfig& source) -> Result<std::unique_ptr<Source>> {
                  return std::make_unique<FakeSource>(
                      sim.sources_.at(std::get<FileSource>(source).path));
                },
                {.accepted = [this, &sim](const ServiceName& service, const ClusterName& name,
                                          const EndpointSet& set) {
                  const SourceModel& source = sim.source(service.str(), name.str());
                  sim.invariants_.on_accepted(set, known.insert(&source).second, source,
                                              sim.clock_.now());
                  controller.on_endpoints(service, name, set);
                }}} {
    controller.subscribe([&sim](const ControlEvent& event) {
      sim.note(std::visit(Describe{}, event.what));
      const auto* changed = std::get_if<StageChanged>(&event.what);
      if (changed != nullptr) ++sim.stages_seen_[std::string(to_string(changed->stage))];
    });
  }

  FakeJournal journal;
  Workers workers;
  std::set<const SourceModel*> known;  // that a set was accepted of
  Controller controller;
  Catalog catalog;
};

Simulation::Simulation(Seed seed) : random_{seed.value} {
  std::uint32_t network = 0;
  for (const char* service : {"playlist", "catalog"}) {
    for (const char* name : {"old", "new", "third"}) {
      sources_[std::string(service) + "/" + name].said.endpoints = endpoints_of(++network);
    }
  }
  restart_control();
}

Simulation::~Simulation() = default;

std::shared_ptr<const Config> Simulation::config() const {
  auto config = std::make_shared<Config>();
  config->workers = 2;
  for (const char* name : {"playlist", "catalog"}) {
    auto service = std::make_shared<ServiceConfig>();
    service->name = ServiceName::of(name);
    service->clusters = {cluster(name, "old", 100), cluster(name, "new", 0),
                         cluster(name, "third", 0)};
    if (is_reordered_) std::ranges::reverse(service->clusters);
    service->health_check.kind = HealthCheckConfig::Kind::kTcp;
    RouteConfig& route = config->routes.emplace_back();
    route.host = std::string(name) + ".example";
    route.service = service->name;
    config->services.push_back(std::move(service));
  }
  return config;
}

// ---- the world ----

void Simulation::advance(Duration duration) {
  for (Duration passed = 0s; passed < duration && broken().empty(); passed += kTick) tick();
}

void Simulation::tick() {
  clock_.advance(kTick);
  if (!process_) return;
  guarded([this] {
    const Instant now = clock_.now();
    process_->workers.adopt(now);
    process_->workers.serve(requests_per_tick_, weather_, now);
    process_->journal.pump();
    process_->catalog.tick(now);
    process_->controller.on_adopted(process_->workers.adopted());
    process_->controller.tick();
    invariants_.after_tick(process_->controller, disk_, process_->workers.adopted());
  });
}

// Whatever uses a door may be the last thing that the process does.
void Simulation::guarded(const std::function<void()>& act) {
  try {
    act();
  } catch (const Killed&) {
    kill();
  }
}

void Simulation::set_journal(FakeJournal::Mode mode) {
  mode_ = mode;
  if (process_) process_->journal.set_mode(mode);
}

void Simulation::set_weather(std::string_view name, Weather weather) {
  weather_[ClusterName::of(name)] = weather;
}

SourceModel& Simulation::source(std::string_view service, std::string_view name) {
  return sources_.at(std::string(service) + "/" + std::string(name));
}

void Simulation::say(std::string_view service, std::string_view name, SourceReport report) {
  guarded([&] { source(service, name).say(std::move(report), clock_.now()); });
}

void Simulation::probe(std::string_view service, std::string_view name, std::size_t endpoint,
                       bool ok) {
  const EndpointSet& set = source(service, name).said.endpoints;
  if (!process_ || endpoint >= set.size()) return;
  process_->controller.on_probe(ServiceName::of(service), ClusterName::of(name),
                                set[endpoint].address, ok);
}

// ---- the process ----

void Simulation::kill() {
  note("killed");
  invariants_.on_kill();
  kill_switch_.disarm();
  for (const char* name : {"old", "new", "third"}) {
    failed_[ClusterName::of(name)] += process_->workers.attempts_failed(ClusterName::of(name));
  }
  process_->journal.crash();
  process_.reset();
}

void Simulation::restart_control() {
  note("started");
  process_ = std::make_unique<Process>(*this);
  process_->journal.set_mode(mode_);
  guarded([this] {
    process_->controller.recover(process_->journal.load().value());
    const auto configured = process_->controller.configure(config());
    if (!configured) note("not configured: " + configured.error().message);
    invariants_.on_restart(process_->controller, disk_);
    process_->catalog.configure(process_->controller.config());
    process_->controller.tick();
    invariants_.on_restart(process_->controller, disk_);
  });
}

void Simulation::reload() {
  if (!process_) return;
  is_reordered_ = !is_reordered_;
  guarded([this] {
    const auto configured = process_->controller.configure(config());
    if (!configured) note("not reloaded: " + configured.error().message);
    process_->catalog.configure(process_->controller.config());
  });
}

// ---- the operator ----

Controller::Done Simulation::answering(const Answer& answer) {
  return [this, answer](const Result<Change>& change) {
    *answer = change ? "" : change.error().message;
    note("answered: " + (change ? "done" : change.error().message));
  };
}

Simulation::Answer Simulation::start_migration(std::string_view service, Ramp ramp,
                                               std::vector<MigrationTarget> targets) {
  if (targets.empty()) targets = {{ClusterName::of("new"), 1}};
  Answer answer = std::make_shared<std::optional<std::string>>();
  MigrationSpec spec{MigrationName::of("move"), ServiceName::of(service), std::move(targets),
                     std::move(ramp)};
  guarded([&] {
    process_->controller.create_migration(std::move(spec), {"operator", "test"}, answering(answer));
  });
  return answer;
}

Simulation::Answer Simulation::command(Verb verb) {
  note("command " + std::string(to_string(verb)));
  invariants_.on_operator();
  Answer answer = std::make_shared<std::optional<std::string>>();
  guarded([&] {
    process_->controller.command(MigrationName::of("move"), {verb, {"operator", "test"}},
                                 answering(answer));
  });
  return answer;
}

Simulation::Answer Simulation::set_weights(std::string_view service, Controller::Weights weights) {
  Answer answer = std::make_shared<std::optional<std::string>>();
  guarded([&] {
    process_->controller.set_weights(ServiceName::of(service), weights, std::nullopt,
                                     {"operator", "test"}, answering(answer));
  });
  return answer;
}

Simulation::Answer Simulation::delete_migration() {
  Answer answer = std::make_shared<std::optional<std::string>>();
  guarded([&] {
    process_->controller.delete_migration(MigrationName::of("move"), {"operator", "test"},
                                          answering(answer));
  });
  return answer;
}

// ---- looking ----

Controller& Simulation::controller() {
  return process_->controller;
}

bool Simulation::has_migration() {
  return process_ && process_->controller.migration(MigrationName::of("move")) != nullptr;
}

const Migration& Simulation::migration() {
  return *process_->controller.migration(MigrationName::of("move"));
}

Share Simulation::published_share(std::string_view service, std::string_view name) {
  for (const auto& each : process_->controller.snapshot()->services) {
    if (each->config->name.str() == service) return share_in(*each, {{ClusterName::of(name), 1}});
  }
  return {};
}

Share Simulation::journaled_share(std::string_view service, std::string_view name) {
  return share_on_disk(disk_, ServiceName::of(service), {{ClusterName::of(name), 1}})
      .value_or(Share{});
}

std::uint64_t Simulation::failed(std::string_view name) {
  return failed_[ClusterName::of(name)] +
         (process_ ? process_->workers.attempts_failed(ClusterName::of(name)) : 0);
}

void Simulation::note(std::string what) {
  const auto at =
      std::chrono::duration<double>(clock_.now().time_since_epoch() - Duration{1h}).count();
  events_.push_back(std::to_string(at) + " " + std::move(what));
  if (events_.size() > kEventsShown) events_.pop_front();
}

std::string Simulation::last_events() const {
  std::string text;
  for (const std::string& event : events_) text += event + "\n";
  return text;
}

}  // namespace crossfade
