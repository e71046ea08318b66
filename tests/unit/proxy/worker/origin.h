#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "config/base/address.h"
#include "tests/unit/proxy/worker/peer.h"

namespace crossfade::test {

// An origin server on an ephemeral loopback port that does what its script says. Every connection
// gets a thread that runs the script once; when the script ends, or throws because the other side
// went, the connection is closed.
class Origin {
 public:
  using Script = std::function<void(Peer& peer)>;

  explicit Origin(Script script);
  ~Origin();  // ends all connections
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  const Address& address() const { return address_; }
  std::size_t connections() const { return connections_; }  // accepted so far

 private:
  void accept_all();
  void serve(int descriptor);

  Script script_;
  int listener_ = -1;
  Address address_;
  std::atomic<std::size_t> connections_ = 0;
  std::mutex mutex_;
  std::list<int> open_;  // duplicates of the connections' descriptors, to end them
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

// A script that answers every request of a connection with the response made from it.
Origin::Script answering(std::function<std::string(const Message& request)> respond);

// "HTTP/1.1 200 OK" with a length.
std::string ok(std::string_view body);

// An address on loopback that refuses connections: bound, so that nobody else gets it, but not
// listening.
class DeadEnd {
 public:
  DeadEnd();
  ~DeadEnd();
  DeadEnd(const DeadEnd&) = delete;
  DeadEnd& operator=(const DeadEnd&) = delete;
  const Address& address() const { return address_; }

 private:
  int socket_;
  Address address_;
};

// An address on loopback that answers no connection: it listens, but its backlog is full.
class Crowd {
 public:
  Crowd();
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  const Address& address() const { return address_; }

 private:
  int listener_;
  Address address_;
  std::array<int, 4> waiting_;
};

}  // namespace crossfade::test
