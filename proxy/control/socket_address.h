#pragma once

#include <cstring>

#include <boost/asio/ip/tcp.hpp>

#include "config/base/address.h"

namespace crossfade {

// An Address in Asio's words.
inline boost::asio::ip::tcp::endpoint to_endpoint(const Address& address) {
  boost::asio::ip::tcp::endpoint endpoint;
  endpoint.resize(address.raw_size());
  std::memcpy(endpoint.data(), address.raw(), address.raw_size());
  return endpoint;
}

}  // namespace crossfade
