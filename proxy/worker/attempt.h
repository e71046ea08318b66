#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/base/result.h"
#include "proxy/http/body_reader.h"
#include "proxy/http/head.h"
#include "proxy/http/head_writer.h"
#include "proxy/net/task.h"
#include "proxy/upstream/upstream.h"
#include "proxy/worker/account.h"
#include "proxy/worker/client.h"
#include "proxy/worker/pieces.h"
#include "proxy/worker/request.h"
#include "proxy/worker/retries.h"
#include "proxy/worker/workplace.h"

namespace crossfade {

// One try of an exchange on one endpoint: a connection, the request sent (upload.cc), the response
// passed on (download.cc), the books kept. A request that has not arrived whole is sent while the
// response may already come. A pump reads again only after its last write has finished: that is the
// back-pressure.
class Attempt {
 public:
  // Where to: parts of the pinned Snapshot.
  struct Target {
    const ForwardingConfig& forwarding;
    const SnapshotService& service;
    const SnapshotCluster& cluster;
    const SnapshotEndpoint& endpoint;
  };

  enum class Outcome : std::uint8_t {
    kDelivered,  // the response reached the client to its end
    kTunnel,     // the response was 101: take_lease() has the other end
    kTryAgain,   // failed, nothing reached the client, and a retry has been taken from the budget
    kFailed,     // failed, nothing reached the client
    kCut,        // failed in the middle of the response: only closing tells the client
  };

  Attempt(Workplace& place, Client& client, Request& request, Retries& retries,
          const Target& target);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  net::Task<Outcome> run();

  const Error& error() const { return *error_; }              // Requires: failed.
  bool keeps_client() const { return delivery_.keep_alive; }  // Requires: kDelivered.
  Lease take_lease() { return std::move(lease_); }            // Requires: kTunnel.

 private:
  net::Stream& upstream() const { return lease_.stream(); }
  Instant until(Duration wait) const { return request_.until(place_.now(), wait); }

  // attempt.cc
  net::Task<bool> connect();
  bool needs_fresh_connection() const;
  bool may_be_sent_again() const;
  void start_over();
  void fail(Error error);
  void stop_pumps();
  void settle();
  Outcome conclude();

  // upload.cc
  net::Task<void> upload();
  net::Task<void> send_head();
  net::Task<void> send_part();
  net::Task<void> send(Pieces& pieces);
  void sending_failed(Error error);
  void request_ended();
  void await_answer();

  // download.cc
  net::Task<void> download();
  net::Task<void> read_head();
  net::Task<std::size_t> receive();
  net::Task<void> pass_informational();
  net::Task<void> begin_response();
  net::Task<void> relay_response();
  net::Task<void> become_tunnel();
  net::Task<void> deliver(Pieces& pieces);
  bool is_tried_again_for_status();
  bool take_part(Pieces& pieces);
  void response_ended();
  http::ResponseContext response_context();

  Workplace& place_;
  Client& client_;
  Request& request_;
  Retries& retries_;
  const ForwardingConfig& forwarding_;
  const ServiceConfig& config_;
  EndpointRef endpoint_;
  AttemptAccount account_;
  Lease lease_;
  std::optional<Error> error_;  // the first one; the attempt has failed

  Input upload_;                 // what the client sent after the bytes that came with the head
  bool is_untouched_ = true;     // no byte of the request has been taken by the connection
  bool is_sent_ = false;         // the whole request has
  bool is_broken_ = false;       // the connection takes no more, but may still have an answer
  bool is_upload_over_ = false;  // nobody sends any more

  Input answer_;  // what the upstream sent
  http::ResponseHead response_;
  http::BodyReader response_body_;
  http::Delivery delivery_;
  std::uint64_t received_ = 0;  // bytes of the response body
  std::uint32_t informational_ = 0;
  bool is_answered_ = false;  // a byte of a response has come
  bool is_final_ = false;     // its head has been read
  bool is_begun_ = false;     // and may have reached the client in part
  bool is_ended_ = false;     // its body has been received to the end
  bool is_over_ = false;      // delivered or failed: the upload may stop
  bool is_tunnel_ = false;
  bool is_retry_taken_ = false;
};

}  // namespace crossfade
