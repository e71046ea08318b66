#pragma once

#include "proxy/http/fault.h"
#include "proxy/http/head.h"

namespace crossfade::http {

// A request asks for a tunnel when it is HTTP/1.1, names `upgrade` in Connection, and names a
// protocol in Upgrade that is not h2c (RFC 9113 section 3.1 dropped it, and it would carry unseen
// requests past us). The reader then sets RequestHead::upgrade and refuses the request if it also
// has a body.
inline bool wants_upgrade(const RequestHead& request) {
  return !request.upgrade.empty();
}

// Whether the connection may become a tunnel with this answer. kUnaskedUpgrade: it is a 101 that
// the request did not ask for or for another protocol; then nothing of it reaches the client. kNone
// for every other answer.
Fault check_upgrade(const RequestHead& request, const ResponseHead& response);

}  // namespace crossfade::http
