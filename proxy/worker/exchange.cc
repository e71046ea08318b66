#include "proxy/worker/exchange.h"

#include <algorithm>

#include "proxy/http/error_answer.h"
#include "proxy/http/fault.h"
#include "proxy/routing/balancer.h"
#include "proxy/worker/stickiness.h"

namespace crossfade {
namespace {

std::optional<std::string_view> header_of(const void* headers, std::string_view name) {
  const http::Header* header = static_cast<const http::Headers*>(headers)->find(name);
  if (header == nullptr) return std::nullopt;
  return header->value;
}

}  // namespace

Exchange::Exchange(Workplace& place, Client& client, Request& request)
    : place_{place}, client_{client}, request_{request}, pin_{place.pins.current()} {
  request_.id = {place.random.next() | 1, place.random.next()};
}

net::Task<Next> Exchange::run() {
  const http::Fault fault = read_first_payload();
  if (fault != http::Fault::kNone) {
    place_.cell.requests_malformed.add();
    co_return co_await answer(http::answer_of(fault));
  }
  place_.cell.requests.add();
  if (!route()) {
    place_.cell.requests_unrouted.add();
    co_return co_await answer(http::answer_no_route());
  }
  if (is_body_too_long()) {
    const Error too_long{ErrorCode::kBodyTooLong, Side::kClient};
    co_return co_await answer(http::answer_of(too_long));
  }
  split();
  Retries retries{*service_->config, place_.upstream, place_.cell, place_.now()};
  for (;;) {
    const std::optional<Attempt::Target> target = pick();
    if (!target) {
      // Named, not a temporary of the co_await: g++ 12 destroys an aggregate twice there.
      const Error nobody{ErrorCode::kNoEndpoint, Side::kUpstream};
      co_return co_await answer(http::answer_of(nobody));
    }
    Attempt attempt{place_, client_, request_, retries, *target};
    const Attempt::Outcome outcome = co_await attempt.run();
    switch (outcome) {
      case Attempt::Outcome::kDelivered: co_return next_after(attempt.keeps_client());
      case Attempt::Outcome::kCut: co_return Next::kClose;
      case Attempt::Outcome::kFailed: co_return co_await answer(http::answer_of(attempt.error()));
      case Attempt::Outcome::kTunnel:
        tunnel_ = std::make_unique<Tunnel>(place_, client_, attempt.take_lease(), service_->config,
                                           target->cluster.counters);
        co_return Next::kTunnel;
      case Attempt::Outcome::kTryAgain: move_on(); break;
    }
  }
}

// What came along with the head belongs to it up to the end of its body; the rest is the next
// request.
http::Fault Exchange::read_first_payload() {
  request_.body = http::BodyReader{request_.head.framing, request_.head.content_length};
  const http::BodyPart part = request_.body.push(client_.input.bytes());
  client_.input.use(part.used);
  request_.first_payload = part.payload;
  request_.arrived_whole = request_.body.done();
  request_.body_bytes = part.payload.size();
  return part.fault;
}

bool Exchange::route() {
  const bool is_asterisk = request_.head.form == http::TargetForm::kAsterisk;
  const RouteQuery query{.host = request_.head.authority.host,
                         .path = is_asterisk ? "/" : request_.head.path,
                         .method = request_.head.method_text,
                         .header = &header_of,
                         .context = &request_.head.headers};
  const Router::ServiceIndex index = pin_->router->match(query);
  if (index == Router::kNone) return false;
  service_ = pin_->services[index].get();
  const Duration limit = service_->config->timeouts.request;
  if (limit > Duration::zero()) request_.deadline = place_.now() + limit;
  return true;
}

// As far as it is known; a body of unknown length is watched by its upload.
bool Exchange::is_body_too_long() const {
  const std::uint64_t max = service_->config->request_body_max;
  return max > 0 && std::max(request_.head.content_length, request_.body_bytes) > max;
}

void Exchange::split() {
  const std::optional<std::string_view> key =
      stickiness_key(service_->config->stickiness, request_.head, client_.address);
  point_ = key ? key_point(*key, service_->split.salt) : place_.random.below(Share::kWhole);
  cluster_ = pick_cluster(service_->split, service_->effective, point_);
}

// An endpoint in the cluster of the split, or, when none there is usable for this worker, in
// another one that has some.
std::optional<Attempt::Target> Exchange::pick() {
  bool has_crossed = has_left_;
  std::optional<Pick> picked = pick_endpoint(cluster_);
  if (!picked || (picked->panicked && !has_usable(cluster_))) {
    const std::optional<ClusterIndex> other = other_cluster();
    if (other && has_usable(*other)) {
      cluster_ = *other;
      has_crossed = true;
      picked = pick_endpoint(cluster_);
    }
  }
  if (!picked) return std::nullopt;

  const SnapshotCluster& cluster = service_->clusters[cluster_];
  const SnapshotEndpoint& endpoint = (*cluster.endpoints)[picked->index];
  if (picked->panicked && tried_count_ == 0) place_.cell.panics.add();
  ClusterCell& cell = cluster.counters->of(place_.index);
  if (tried_count_ > 0) cell.retries.add();
  if (has_crossed) cell.crossed.add();
  tried_[tried_count_++ % tried_.size()] = endpoint.id;
  return Attempt::Target{pin_->config->forwarding, *service_, cluster, endpoint};
}

std::optional<Pick> Exchange::pick_endpoint(ClusterIndex index) {
  const SnapshotCluster& cluster = service_->clusters[index];
  const SnapshotEndpoints& endpoints = *cluster.endpoints;
  const Instant now = place_.now();
  const auto view = [&](std::uint32_t i) {
    const SnapshotEndpoint& endpoint = endpoints[i];
    const EndpointState* known = place_.upstream.known(endpoint.id);
    return Candidate{.in_flight = known != nullptr ? known->in_flight() : 0,
                     .weight = endpoint.weight,
                     .warmth = warmth_of(now - endpoint.admitted_at, service_->config->slow_start),
                     .available = endpoint.healthy && !was_tried(endpoint.id) &&
                                  (known == nullptr || known->is_usable(now))};
  };
  // The attempts so far are the turn; the worker's index keeps workers apart.
  const std::uint64_t turn = cluster.counters->of(place_.index).attempts.value() + place_.index;
  return Balancer{*cluster.weights, view, service_->config->ejection.panic_threshold, place_.random}
      .pick(service_->config->balancing, turn);
}

bool Exchange::has_usable(ClusterIndex cluster) const {
  const SnapshotEndpoints& endpoints = *service_->clusters[cluster].endpoints;
  return std::any_of(endpoints.begin(), endpoints.end(), [this](const SnapshotEndpoint& endpoint) {
    const EndpointState* known = place_.upstream.known(endpoint.id);
    return endpoint.healthy && (known == nullptr || known->is_usable(place_.now()));
  });
}

// Another cluster of the split for the same key, so that its user is sticky there too.
std::optional<ClusterIndex> Exchange::other_cluster() const {
  std::array<Share, limits::kClustersPerServiceMax> shares;
  const std::span<Share> others = std::span{shares}.first(service_->effective.size());
  std::copy(service_->effective.begin(), service_->effective.end(), others.begin());
  others[cluster_] = Share{};
  if (std::all_of(others.begin(), others.end(), [](Share share) { return share == Share{}; }))
    return std::nullopt;
  return pick_cluster(service_->split, others, point_);
}

// After a failure: the user is spared where there is another cluster, the evidence is not.
void Exchange::move_on() {
  if (!service_->config->retries.cross_cluster) return;
  const std::optional<ClusterIndex> other = other_cluster();
  if (!other) return;
  cluster_ = *other;
  has_left_ = true;
}

bool Exchange::was_tried(const EndpointId& id) const {
  const auto end =
      tried_.begin() + static_cast<std::ptrdiff_t>(std::min(tried_count_, tried_.size()));
  return std::find(tried_.begin(), end, id) != end;
}

net::Task<Next> Exchange::answer(const http::ErrorAnswer& answer) {
  std::array<char, http::kRequestIdBytes> room;
  const http::AnswerContext context{
      .request_id = http::request_id_of(request_.head, request_.id, room),
      .date = place_.date.text(place_.now()),
      .keep_alive = request_.head.keep_alive && request_.arrived_whole && !place_.is_draining,
      .is_head_only = request_.head.method == http::Method::kHead};
  if (answer.status == 408) place_.cell.client_timeouts.add();
  const bool is_sent = co_await send_answer(place_, client_, answer, context);
  co_return is_sent ? next_after(context.keep_alive) : Next::kClose;
}

Next Exchange::next_after(bool keep_alive) const {
  if (keep_alive) return Next::kRequest;
  return request_.body.done() ? Next::kClose : Next::kLinger;
}

}  // namespace crossfade
