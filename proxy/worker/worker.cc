#include "proxy/worker/worker.h"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "proxy/net/listener.h"
#include "proxy/worker/session.h"
#include "proxy/worker/workplace.h"

namespace crossfade {
namespace {

constexpr Duration kRefresh = 1s;  // how often ejections that are over are noticed

// One listening socket and the connections that came through it. Lives until the last of them is
// gone.
struct Door {
  explicit Door(net::Driver& driver) : listener{driver} {}
  ListenerConfig config;
  net::Listener listener;
  std::uint32_t connections = 0;
};

}  // namespace

struct Worker::State {
  // A moment at which a function of the State is called.
  class Alarm : public net::Deadline {
   public:
    Alarm(State& state, void (State::*ring)())
        : Deadline{&Alarm::on_expired}, state_{state}, ring_{ring} {}

   private:
    static void on_expired(net::Deadline& deadline) {
      auto& self = static_cast<Alarm&>(deadline);
      (self.state_.*self.ring_)();
    }
    State& state_;
    void (State::*ring_)();
  };

  explicit State(Options options);

  Result<std::vector<Address>> listen(std::span<const Address> bound);
  void adopt(std::shared_ptr<const Snapshot> snapshot);
  void drain(Duration limit);
  void stop();

  Result<std::shared_ptr<Door>> open(const ListenerConfig& config, const Address& address);
  void follow_listeners();
  void close_doors();
  std::uint32_t connections_max(const Door& door) const;
  net::Task<void> accept_all(std::shared_ptr<Door> door);
  net::Task<void> serve(std::shared_ptr<Door> door, net::Accepted accepted);
  void task_ended();
  void refresh();

  // Runs `what` on the worker's thread.
  template <class What>
  void post(What what) {
    boost::asio::post(context, [this, what = std::move(what)]() mutable {
      driver.refresh();
      what();
    });
  }

  std::shared_ptr<WorkerCounters> counters;
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  net::Driver driver{context};
  net::Buffers buffers;
  Pins pins;
  Upstream upstream;
  Workplace place;
  std::vector<std::shared_ptr<Door>> doors;  // open ones
  boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions;
  std::size_t tasks = 0;  // sessions and accept loops
  Alarm refresh_alarm{*this, &State::refresh};
  Alarm drain_alarm{*this, &State::stop};
};

Worker::State::State(Options options)
    : counters{std::move(options.counters)},
      pins{std::move(options.snapshot)},
      upstream{driver, counters->of(options.index)},
      place{.index = options.index,
            .driver = driver,
            .buffers = buffers,
            .upstream = upstream,
            .pins = pins,
            .cell = counters->of(options.index),
            .random = Random{options.seed}} {
  place.cell.adopted_version.set(pins.snapshot().version);
  driver.arm(refresh_alarm, driver.now() + kRefresh);
}

Result<std::vector<Address>> Worker::State::listen(std::span<const Address> bound) {
  const std::vector<ListenerConfig>& listeners = pins.snapshot().config->listeners;
  VERIFY(bound.empty() || bound.size() == listeners.size());
  std::vector<Address> addresses;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const Result<std::shared_ptr<Door>> door =
        open(listeners[i], bound.empty() ? listeners[i].address : bound[i]);
    if (door.has_error()) return door.error();
    addresses.push_back((*door)->listener.bound());
  }
  return addresses;
}

Result<std::shared_ptr<Door>> Worker::State::open(const ListenerConfig& config,
                                                  const Address& address) {
  auto door = std::make_shared<Door>(driver);
  door->config = config;
  const Result<void> listening = door->listener.listen(address);
  if (listening.has_error()) return listening.error();
  doors.push_back(door);
  net::spawn(accept_all(door));
  return door;
}

void Worker::State::adopt(std::shared_ptr<const Snapshot> snapshot) {
  const Pins::Pin before = pins.current();
  pins.adopt(std::move(snapshot));
  upstream.follow(*before, pins.snapshot());
  if (!place.is_draining) follow_listeners();
  place.cell.adopted_version.set(pins.snapshot().version);
}

// A listener is the same one as long as its configured address is; the rest of its configuration
// may change.
void Worker::State::follow_listeners() {
  const std::vector<ListenerConfig>& wanted = pins.snapshot().config->listeners;
  const auto closed =
      std::partition(doors.begin(), doors.end(), [&](const std::shared_ptr<Door>& door) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const ListenerConfig& listener) {
          return listener.address == door->config.address;
        });
      });
  for (auto door = closed; door != doors.end(); ++door)
    (*door)->listener.cancel({ErrorCode::kClosed});
  doors.erase(closed, doors.end());
  for (const ListenerConfig& listener : wanted) {
    const auto door =
        std::find_if(doors.begin(), doors.end(), [&](const std::shared_ptr<Door>& candidate) {
          return candidate->config.address == listener.address;
        });
    if (door != doors.end()) {
      (*door)->config = listener;
    } else if (open(listener, listener.address).has_error()) {
      place.cell.listen_failures.add();
    }
  }
}

void Worker::State::close_doors() {
  for (const std::shared_ptr<Door>& door : doors) door->listener.cancel({ErrorCode::kClosed});
  doors.clear();
}

void Worker::State::drain(Duration limit) {
  place.is_draining = true;
  close_doors();
  upstream.close_idle();
  for (Session& session : sessions) session.abort_if_idle();
  driver.arm(drain_alarm, driver.now() + limit);
  task_ended();
}

void Worker::State::stop() {
  place.is_draining = place.is_stopping = true;
  close_doors();
  for (Session& session : sessions) session.abort();
  task_ended();
}

// The connection limit is of all workers together; the kernel spreads connections evenly enough for
// an even part.
std::uint32_t Worker::State::connections_max(const Door& door) const {
  const auto workers = static_cast<std::uint32_t>(counters->size());
  return (door.config.connections_max + workers - 1) / workers;
}

net::Task<void> Worker::State::accept_all(std::shared_ptr<Door> door) {
  ++tasks;
  for (;;) {
    Result<net::Accepted> accepted = co_await door->listener.accept();
    if (accepted.has_error()) break;
    place.cell.connections_accepted.add();
    if (door->connections >= connections_max(*door)) {
      place.cell.connections_refused.add();
    } else {
      net::spawn(serve(door, std::move(*accepted)));
    }
  }
  door->listener.close();
  --tasks;
  task_ended();
}

net::Task<void> Worker::State::serve(std::shared_ptr<Door> door, net::Accepted accepted) {
  ++tasks;
  ++door->connections;
  place.cell.connections_open.add();
  {
    Session session{place, door->config, accepted.peer};
    sessions.push_back(session);
    co_await session.serve(std::move(accepted.fd));
  }
  place.cell.connections_open.subtract();
  --door->connections;
  --tasks;
  task_ended();
}

// A drain or stop is over when nobody is left.
void Worker::State::task_ended() {
  if (tasks == 0 && place.is_draining) driver.stop();
}

void Worker::State::refresh() {
  upstream.refresh();
  driver.arm(refresh_alarm, driver.now() + kRefresh);
}

Worker::Worker(Options options) {
  VERIFY(options.snapshot != nullptr && options.counters != nullptr);
  VERIFY(options.index < options.counters->size());
  state_ = std::make_unique<State>(std::move(options));
}

Worker::~Worker() = default;

Result<std::vector<Address>> Worker::listen(std::span<const Address> bound) {
  return state_->listen(bound);
}

void Worker::run() {
  state_->driver.start();
  state_->context.run();
}

void Worker::adopt(std::shared_ptr<const Snapshot> snapshot, std::function<void()> adopted) {
  state_->post([state = state_.get(), snapshot = std::move(snapshot),
                adopted = std::move(adopted)]() mutable {
    state->adopt(std::move(snapshot));
    adopted();
  });
}

void Worker::drain(Duration limit) {
  state_->post([state = state_.get(), limit] { state->drain(limit); });
}

void Worker::stop() {
  state_->post([state = state_.get()] { state->stop(); });
}

}  // namespace crossfade
