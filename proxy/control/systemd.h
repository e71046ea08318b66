#pragma once

#include <string_view>

namespace crossfade {

// Tells systemd how the process is (sd_notify(3): "READY=1", "STOPPING=1"), by a datagram to
// $NOTIFY_SOCKET. Without that variable, or when nobody listens there, nothing happens.
void notify_systemd(std::string_view state);

// "RELOADING=1" with the time that systemd wants beside it; READY=1 ends it.
void notify_systemd_reloading();

}  // namespace crossfade
