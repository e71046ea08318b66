#include "proxy/control/control_loop.h"

#include <algorithm>
#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include "config/base/log.h"
#include "config/limits.h"
#include "discovery/sources/make_source.h"
#include "proxy/control/http_server.h"
#include "proxy/control/memory_journal.h"
#include "proxy/control/metrics_view.h"
#include "proxy/control/prober.h"
#include "proxy/control/sqlite_journal.h"
#include "proxy/control/systemd.h"
#include "proxy/stats/prometheus.h"

namespace crossfade {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What cannot change while the process lives; empty: nothing of it does.
std::string needs_restart(const Config& old, const Config& next) {
  if (next.workers != old.workers) return "workers";
  if (next.control.address != old.control.address) return "control.address";
  if (next.state.journal != old.state.journal) return "state.journal";
  return "";
}

}  // namespace

// Members in the order of their making: each uses only those above it.
struct ControlLoop::State {
  explicit State(std::shared_ptr<const Config> first)
      : config{std::move(first)}, counters{std::make_shared<WorkerCounters>(config->workers)} {}

  Result<void> start();
  Result<void> open_journal();
  void make_parts();
  void ask_sources();
  void on_event(const ControlEvent& event);
  void turn();
  void turn_again();
  void await_signal();
  void reload_and_log();
  ReloadResult reload();
  void end();
  void add_worker(WorkerDoor door);

  const SystemClock clock;
  SystemEntropy entropy;
  asio::io_context context{1};
  std::shared_ptr<const Config> config;
  const std::shared_ptr<WorkerCounters> counters;
  ControlCounts counts;
  Publisher publisher;
  EventLog events{clock.wall()};
  std::unique_ptr<Journal> journal;
  std::optional<Controller> controller;
  std::optional<Prober> prober;
  std::optional<Catalog> catalog;
  std::optional<Api> api;
  std::optional<HttpServer> server;
  asio::steady_timer tick{context};
  asio::signal_set signals{context};
  std::vector<WorkerDoor> workers;
  std::size_t workers_running = 0;
  bool is_ready = false;
  bool is_ending = false;
};

Result<void> ControlLoop::State::start() {
  if (const auto opened = open_journal(); !opened) return opened.error();
  make_parts();
  auto records = journal->load();
  if (!records) return records.error();
  controller->recover(std::move(*records));
  if (const auto configured = controller->configure(config); !configured) return configured.error();
  prober->configure(*config);
  ask_sources();
  if (const auto listening = server->listen(config->control.address); !listening)
    return listening.error();
  log::info("control", "the control API listens", {{"address", server->address().str()}});
  return {};
}

Result<void> ControlLoop::State::open_journal() {
  const Post post = [this](std::function<void()> function) {
    asio::post(context, std::move(function));
  };
  if (config->state.journal == "memory") {
    log::warning("control", "nothing that is decided survives a restart",
                 {{"state.journal", "memory"}});
    journal = std::make_unique<MemoryJournal>(post);
    return {};
  }
  auto opened = SqliteJournal::open(config->state.journal, post);
  if (!opened) return opened.error();
  journal = std::move(*opened);
  return {};
}

void ControlLoop::State::make_parts() {
  controller.emplace(
      Controller::Doors{*journal, clock, [this](std::shared_ptr<const Snapshot> snapshot) {
                          publisher.publish(std::move(snapshot));
                        }});
  controller->subscribe([this](const ControlEvent& event) { on_event(event); });
  prober.emplace(context, Random{entropy.seed()},
                 [this](const ServiceName& service, const ClusterName& cluster,
                        const Address& address, bool ok) {
                   if (!ok) {
                     log::warning("control", "an endpoint fails its health check",
                                  {{"service", service.str()},
                                   {"cluster", cluster.str()},
                                   {"endpoint", address.str()}});
                   }
                   controller->on_probe(service, cluster, address, ok);
                 });
  catalog.emplace(
      clock, source_maker(context, entropy),
      CatalogEvents{
          [this](const ServiceName& service, const ClusterName& cluster, const EndpointSet& set) {
            controller->on_endpoints(service, cluster, set);
            prober->on_endpoints(service, cluster, set);
          },
          [](const CatalogEntry& entry) {
            const bool is_good = entry.freshness == Freshness::kFresh;
            (is_good ? log::info : log::warning)("discovery", to_string(entry.freshness),
                                                 {{"service", entry.service.str()},
                                                  {"cluster", entry.cluster.str()},
                                                  {"source", entry.source},
                                                  {"reason", entry.reason}});
          }});
  api.emplace(Api::Doors{*controller, *catalog, events, clock,
                         [this] { return config->control.token; }, [this] { return reload(); },
                         [this] {
                           return metrics_text(metrics_view(*controller, *catalog, publisher,
                                                            counters, counts, clock.now()));
                         },
                         [this] { return is_ready && !is_ending; }});
  server.emplace(context, [this](ApiRequest request, Reply reply) {
    api->answer(std::move(request), std::move(reply));
  });
}

// Turns until every source has said something, so that the first Snapshot is a whole one.
void ControlLoop::State::ask_sources() {
  catalog->configure(*config);
  const Instant deadline = clock.now() + limits::kFirstSetsTime;
  const auto is_waiting = [this] {
    const auto entries = catalog->entries();
    return std::any_of(entries.begin(), entries.end(), [](const CatalogEntry* entry) {
      return entry->freshness == Freshness::kWaiting;
    });
  };
  while (is_waiting() && clock.now() < deadline)
    context.run_one_until(std::min(deadline, clock.now() + 20ms));
  if (is_waiting())
    log::warning("discovery", "some sources have not answered yet; starting without them");
  controller->tick();  // publishes the sets that came
}

void ControlLoop::State::on_event(const ControlEvent& event) {
  counts.note(event);
  events.add(event);
  if (std::holds_alternative<VersionAdopted>(event.what)) return;  // many, and for watchers only
  const EventText text = describe(event);
  log::info("control", text.kind, {{"event", boost::json::serialize(text.fields)}});
}

// One tick, and the next one armed.
void ControlLoop::State::turn() {
  catalog->tick(clock.now());
  controller->tick();
  publisher.tick();
  api->tick();
  turn_again();
}

void ControlLoop::State::turn_again() {
  tick.expires_after(limits::kControlTick);
  tick.async_wait([this](error_code failed) {
    if (!failed) turn();
  });
}

void ControlLoop::State::await_signal() {
  signals.async_wait([this](error_code failed, int signal) {
    if (failed) return;
    if (signal == SIGHUP)
      reload_and_log();
    else
      end();
    await_signal();
  });
}

void ControlLoop::State::reload_and_log() {
  notify_systemd_reloading();
  static_cast<void>(reload());  // it logs by itself
  notify_systemd("READY=1");
}

ReloadResult ControlLoop::State::reload() {
  const auto refuse = [this](ReloadRefused why) -> ReloadResult {
    ++counts.reloads_refused;
    log::error("config", "the new configuration is refused and the old one stays",
               {{"reason", why.errors.empty() ? why.conflict.message : to_string(why.errors)}});
    return why;
  };
  auto parsed = load_config(config->file);
  if (!parsed) return refuse({parsed.error(), {}});
  if (const std::string key = needs_restart(*config, *parsed); !key.empty()) {
    return refuse({{},
                   {ErrorCode::kConflict, Side::kClient, Retry::kNever,
                    key + " can change only by a restart"}});
  }
  const auto next = std::make_shared<const Config>(std::move(*parsed));
  // A service that is new and says where its endpoints are has them from its first request on.
  const auto ask = [&] {
    config = next;
    prober->configure(*config);
    catalog->configure(*config);
  };
  if (const auto configured = controller->configure(next, ask); !configured)
    return refuse({{}, configured.error()});
  ++counts.reloads;
  log::info("config", "reloaded",
            {{"file", config->file}, {"services", std::to_string(config->services.size())}});
  return {};
}

// The first time: what has begun may end. The second time: now.
void ControlLoop::State::end() {
  const bool again = std::exchange(is_ending, true);
  log::info("control", again ? "stopping at once" : "draining",
            {{"workers", std::to_string(workers_running)}});
  notify_systemd("STOPPING=1");
  for (const WorkerDoor& worker : workers) {
    if (again)
      worker.stop();
    else
      worker.drain(limits::kDrainTime);
  }
  if (workers_running == 0) context.stop();
}

void ControlLoop::State::add_worker(WorkerDoor door) {
  workers.push_back(std::move(door));
  ++workers_running;
  const std::size_t index = workers.size() - 1;
  publisher.subscribe([this, index](std::shared_ptr<const Snapshot> snapshot) {
    const std::uint64_t version = snapshot->version;
    workers[index].adopt(std::move(snapshot), [this, index, version] {
      asio::post(context, [this, index, version] {
        publisher.on_adopted(index, version);
        controller->on_adopted(publisher.adopted());
        api->tick();
        if (is_ready || publisher.adopted() == 0) return;
        is_ready = true;
        log::info("control", "ready");
        notify_systemd("READY=1");
      });
    });
  });
}

ControlLoop::ControlLoop(std::shared_ptr<const Config> config)
    : state_{std::make_unique<State>(std::move(config))} {}

ControlLoop::~ControlLoop() = default;

Result<void> ControlLoop::start() {
  return state_->start();
}

std::shared_ptr<const Snapshot> ControlLoop::snapshot() const {
  return state_->controller->snapshot();
}

const std::shared_ptr<WorkerCounters>& ControlLoop::counters() const {
  return state_->counters;
}

Address ControlLoop::address() const {
  return state_->server->address();
}

void ControlLoop::add_worker(WorkerDoor door) {
  state_->add_worker(std::move(door));
}

void ControlLoop::run() {
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) state_->signals.add(signal);
  state_->await_signal();
  state_->turn_again();
  state_->context.run();
}

void ControlLoop::worker_ended() {
  asio::post(state_->context, [state = state_.get()] {
    if (--state->workers_running > 0) return;
    state->server->stop();
    state->context.stop();
  });
}

void ControlLoop::stop() {
  asio::post(state_->context, [state = state_.get()] { state->end(); });
}

}  // namespace crossfade
