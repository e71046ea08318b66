#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>

#include "discovery/client/dns_answer.h"

namespace crossfade {

// Asks DNS servers, over c-ares: EDNS, TCP when an answer is truncated, the next server when one
// fails. Names are taken as they are (never completed from a search list). Lives on the thread of
// its io_context, which outlives it.
class DnsClient {
 public:
  using Done = std::function<void(Result<DnsAnswer>)>;

  // servers: empty for those of /etc/resolv.conf. Errors: kUnavailable when c-ares cannot start.
  static Result<std::unique_ptr<DnsClient>> make(boost::asio::io_context& io,
                                                 std::span<const Address> servers);

  // Drops what is under way: its `done` is not called.
  ~DnsClient();

  // `done` is called once, perhaps before this returns; it must not destroy the client. Errors:
  // kTimeout, kUnavailable, kInvalid; none of them says that the name is gone.
  void ask(const std::string& name, DnsType type, Done done);

 private:
  class Channel;
  explicit DnsClient(std::shared_ptr<Channel> channel);
  std::shared_ptr<Channel> channel_;  // shared with the handlers it has pending in the io_context
};

}  // namespace crossfade
