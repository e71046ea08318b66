#pragma once

// One active health check of one endpoint: a TCP connection, or an HTTP GET whose status is judged.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "config/config.h"

namespace crossfade {

// Whether the endpoint passed. Ends within check.timeout, connecting included.
// Requires: check.kind is not kNone.
boost::asio::awaitable<bool> probe(boost::asio::io_context& context, Address address,
                                   HealthCheckConfig check);

}  // namespace crossfade
