#pragma once

#include <cstdint>

#include "config/base/instant.h"
#include "config/config.h"

namespace crossfade {

// Whether one endpoint is sent requests, judged by the requests themselves. A value; PURE: time is
// handed in.
//
//   admitting --consecutive failures--> ejected --its time is over--> probing --success-->
//   admitting
//                                          ^------------failure----------'   (for twice as long, up
//                                          to a bound)
class Ejection {
 public:
  enum class State : std::uint8_t { kAdmitting, kEjected, kProbing };

  State state(Instant now) const;
  // A success while ejected is of a request from before, or of one that had nowhere else to go: it
  // changes nothing.
  void on_success(Instant now);
  // True if this failure ejected it. A failure while ejected changes nothing either.
  bool on_failure(const EjectionConfig& config, Instant now);

 private:
  std::uint32_t failures_ = 0;   // in a row
  std::uint32_t ejections_ = 0;  // in a row
  Instant until_ = {};           // of the last ejection
};

}  // namespace crossfade
