#pragma once

#include <cstddef>
#include <string_view>

#include "config/base/random.h"
#include "proxy/net/buffers.h"
#include "proxy/net/driver.h"
#include "proxy/stats/counters.h"
#include "proxy/upstream/upstream.h"
#include "proxy/worker/http_date.h"
#include "proxy/worker/pin.h"

namespace crossfade {

// What all sessions of one worker share. On its thread only.
struct Workplace {
  std::size_t index;  // of the worker, in every PerWorker
  net::Driver& driver;
  net::Buffers& buffers;
  Upstream& upstream;
  Pins& pins;
  WorkerCell& cell;
  Random random;
  HttpDate date = {};
  bool is_draining = false;  // every answer says Connection: close
  bool is_stopping = false;  // nothing new is begun

  Instant now() const { return driver.now(); }
};

}  // namespace crossfade
