#pragma once

#include <stdexcept>

#include <boost/system/result.hpp>

#include "config/base/error.h"

namespace crossfade {

// A value or one Error: for everything that can fail from outside.
template <class T>
using Result = boost::system::result<T, Error>;

// Called by result::value() when there is none; workers test first and never get here.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error(error.message.empty() ? std::string(to_string(error.code))
                                                 : error.message);
}

}  // namespace crossfade
