#pragma once

#include <cstdint>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "config/config.h"
#include "proxy/net/task.h"
#include "proxy/net/unique_fd.h"
#include "proxy/worker/client.h"
#include "proxy/worker/exchange.h"
#include "proxy/worker/workplace.h"

namespace crossfade {

// One client connection: requests one after the other, each answered before the next is looked at,
// so that pipelined ones are answered in order. Small while it is idle: no buffer, no heads.
class Session : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Session(Workplace& place, const ListenerConfig& listener, const Address& peer);

  // Serves until the connection is over.
  net::Task<void> serve(net::UniqueFd fd);

  // Ends it where it stands.
  void abort();
  // Ends it unless an exchange is going on.
  void abort_if_idle() {
    if (is_idle_) abort();
  }

 private:
  net::Task<Next> serve_request();
  net::Task<Next> read_head(Request& request);
  net::Task<Next> refuse(const http::ErrorAnswer& answer);
  net::Task<void> linger();

  Workplace& place_;
  Client client_;
  std::unique_ptr<Tunnel> tunnel_;
  Duration head_timeout_;
  Duration idle_timeout_;
  bool is_idle_ = false;
};

}  // namespace crossfade
