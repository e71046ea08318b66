#pragma once

#include <boost/asio/io_context.hpp>

#include "config/base/random.h"
#include "discovery/catalog.h"

namespace crossfade {

// Makes the real source of each configuration, for Catalog. `io` is the control thread's; both
// outlive the sources.
Catalog::MakeSource source_maker(boost::asio::io_context& io, Entropy& entropy);

}  // namespace crossfade
