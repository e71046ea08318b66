#pragma once

#include <boost/asio/io_context.hpp>

#include "discovery/catalog.h"

namespace crossfade {

// Makes the real source of each configuration, for Catalog. `io` is the control thread's and outlives the sources.
Catalog::MakeSource source_maker(boost::asio::io_context& io);

}  // namespace crossfade
