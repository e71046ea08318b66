#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "config/base/random.h"
#include "config/config.h"
#include "discovery/source.h"

namespace crossfade {

// Follows a DNS name: A and AAAA, or SRV and the addresses of its targets. Asks again when the
// answer's TTL ends, sooner when a server failed. A server that dies costs no endpoint; a name that
// does not exist is reported as gone. Errors: kUnavailable when the resolver cannot start. `io`
// outlives the source. seed: of the jitter between rounds.
Result<std::unique_ptr<Source>> make_dns_source(boost::asio::io_context& io,
                                                const DnsSource& config, std::uint64_t seed);

}  // namespace crossfade
