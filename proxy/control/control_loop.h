#pragma once

// The control thread: owns everything that decides and the doors it decides through, and turns
// their wheel. Sources, checks, requests and signals come in; Snapshots go out to the workers.
// Workers are known only by the functions of a WorkerDoor: this folder does not see them.
//   load journal -> recover -> configure -> first sets -> start() returns -> workers join -> run()

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "config/config.h"
#include "config/parse.h"
#include "proxy/control/api.h"
#include "proxy/snapshot/snapshot.h"
#include "proxy/stats/counters.h"

namespace crossfade {

// How the control thread reaches one worker. Each may be called at any time and returns at once.
struct WorkerDoor {
  // Serve from this Snapshot; call `adopted`, on any thread, once it is so.
  std::function<void(std::shared_ptr<const Snapshot>, std::function<void()> adopted)> adopt;
  std::function<void(Duration limit)> drain;
  std::function<void()> stop;
};

class ControlLoop {
 public:
  explicit ControlLoop(std::shared_ptr<const Config> config);
  ~ControlLoop();
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  // Recovers what was decided, asks every source for a first set (not longer than
  // limits::kFirstSetsTime: a dead source shall not stop a start), opens the control address.
  // Errors: with a sentence for the operator.
  Result<void> start();

  // ---- after start() ----

  std::shared_ptr<const Snapshot> snapshot() const;
  const std::shared_ptr<WorkerCounters>& counters() const;
  Address address() const;  // of the API, with its real port

  void add_worker(WorkerDoor door);

  // Turns until every worker has ended. SIGHUP: reload. SIGTERM, SIGINT: drain, the second time
  // stop.
  void run();

  // Any thread: a worker's run() has returned.
  void worker_ended();
  // Any thread: as SIGTERM.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossfade
