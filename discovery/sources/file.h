#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "config/config.h"
#include "config/limits.h"
#include "discovery/source.h"

namespace crossfade {

// Watches one file of endpoints (endpoint_file.h has its format) and reports it whole when it
// changes.
//
// The folder is watched, not the file: files are replaced by rename, and Kubernetes swaps a
// symbolic link beside a mounted ConfigMap. What inotify cannot see (a network file system, a
// folder that is not there yet, no inotify instance left) is found by reading again every
// `audit_time`. Unreachable: the file is missing, cannot be read or understood; the reason says
// which. A missing file is not an empty set: only a list without elements is. The first report
// comes inside start(), later ones on `io`, which outlives the source.
std::unique_ptr<Source> make_file_source(boost::asio::io_context& io, const FileSource& config,
                                         Duration audit_time = limits::kFileAuditTime);

}  // namespace crossfade
