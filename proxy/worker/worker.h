#pragma once

// One thread that serves: its listeners, client connections, upstream pools and counters are its
// own. Workers share nothing. An immutable Snapshot comes down by adopt(), plain counters go up.
//
// The life of a request, in the names of the functions:
//   accept -> read_head -> route -> split -> pick -> attempt -> relay -> account
// A Session (session.h) is one client connection, an Exchange (exchange.h) one request and its
// response, pinned to one Snapshot from its first byte to its last.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "config/base/address.h"
#include "config/base/instant.h"
#include "config/base/result.h"
#include "proxy/snapshot/snapshot.h"
#include "proxy/stats/counters.h"

namespace crossfade {

class Worker {
 public:
  struct Options {
    std::size_t index = 0;                     // its place in every PerWorker
    std::shared_ptr<const Snapshot> snapshot;  // the first one; never null
    std::shared_ptr<WorkerCounters> counters;  // never null
    std::uint64_t seed = 0;                    // for random points and choices
  };

  // Requires: options.snapshot and options.counters; options.index < counters->size().
  explicit Worker(Options options);
  // Requires: run() has returned, or was never called.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Opens the listeners of the first Snapshot's config; call once, before run(). Returns the bound
  // addresses in the order of the config. All workers listen on the same addresses (SO_REUSEPORT):
  // give what the first worker returned to the others, so that port 0 means one port for all.
  // Errors: kIo, with the address. Requires: bound is empty or as long as config->listeners.
  Result<std::vector<Address>> listen(std::span<const Address> bound = {});

  // Serves on the calling thread until stop(), or until a drain is over.
  void run();

  // The following may be called from any thread, before and during run().

  // Serves new requests from this Snapshot; those begun keep theirs. `adopted` is called on the
  // worker's thread once the Snapshot is in use. Listeners that left the config are closed, new
  // ones opened (a failure to is counted in WorkerCell::listen_failures).
  void adopt(std::shared_ptr<const Snapshot> snapshot, std::function<void()> adopted);

  // Stops accepting, closes idle connections, says Connection: close in every answer; run() returns
  // when the last exchange has ended or after the limit.
  void drain(Duration limit);

  // run() returns soon; connections are closed where they stand.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossfade
