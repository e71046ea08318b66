#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "config/config.h"
#include "discovery/source.h"

namespace crossfade {

// Watches one file of endpoints (endpoint_file.h has its format) and reports it whole when it changes.
//
// The folder is watched, not the file: files are replaced by rename, and Kubernetes swaps a symbolic link beside
// a mounted ConfigMap. A file that is written in place is read when its writer closes it.
// Gone: the file does not exist. Unreachable: it cannot be read or understood; the reason names line and column.
// Reports run on `io`, which outlives the source.
std::unique_ptr<Source> make_file_source(boost::asio::io_context& io, const FileSource& config);

}  // namespace crossfade
