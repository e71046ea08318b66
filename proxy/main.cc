// The composition root: the one file that knows everything. It makes the control thread and the
// workers, joins them by functions, and waits. Decisions live elsewhere.

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/base/log.h"
#include "config/base/random.h"
#include "config/parse.h"
#include "proxy/cli/arguments.h"
#include "proxy/cli/check.h"
#include "proxy/control/control_loop.h"
#include "proxy/worker/worker.h"

namespace crossfade {
namespace {

constexpr int kStatusFailed = 1;
constexpr int kStatusUsage = 2;

int fail(const std::string& sentence, int status = kStatusFailed) {
  std::fprintf(stderr, "crossfade: %s\n", sentence.c_str());
  return status;
}

// A connection through the proxy takes two descriptors: as many as we may have.
void raise_descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Signals go to the control thread alone: workers are made with all of them blocked.
std::thread start_thread(std::function<void()> function) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(function));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

// The workers of the process, each with its thread.
class Workers {
 public:
  // All listen before any serves. Errors: kIo, with the address.
  Result<void> listen(const ControlLoop& control, std::size_t count) {
    std::vector<Address> bound;
    SystemEntropy entropy;
    for (std::size_t i = 0; i < count; ++i) {
      workers_.push_back(std::make_unique<Worker>(
          Worker::Options{i, control.snapshot(), control.counters(), entropy.seed()}));
      auto addresses = workers_.back()->listen(bound);
      if (!addresses) return addresses.error();
      bound = std::move(*addresses);
    }
    for (const Address& address : bound)
      log::info("worker", "listening", {{"address", address.str()}});
    return {};
  }

  void start(ControlLoop& control) {
    for (const auto& worker : workers_) {
      Worker* one = worker.get();
      control.add_worker(
          {[one](std::shared_ptr<const Snapshot> snapshot, std::function<void()> adopted) {
             one->adopt(std::move(snapshot), std::move(adopted));
           },
           [one](Duration limit) { one->drain(limit); }, [one] { one->stop(); }});
      threads_.push_back(start_thread([one, &control] {
        one->run();
        control.worker_ended();
      }));
    }
  }

  void join() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

int run(const std::string& file) {
  auto config = load_config(file);
  if (!config) return fail("the configuration has mistakes:\n" + to_string(config.error()));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);  // until the control loop listens to it
  raise_descriptor_limit();
  const std::size_t worker_count = config->workers;

  ControlLoop control(std::make_shared<const Config>(std::move(*config)));
  Workers workers;
  if (const auto started = control.start(); !started) return fail(started.error().message);
  if (const auto listening = workers.listen(control, worker_count); !listening) {
    return fail(listening.error().message);
  }
  workers.start(control);
  control.run();
  workers.join();
  log::info("control", "ended");
  return 0;
}

int main_with(std::vector<std::string_view> words) {
  const auto arguments = read_arguments(words);
  if (!arguments) return fail(arguments.error().message, kStatusUsage);
  switch (arguments->command) {
    case Arguments::Command::kRun: return run(arguments->file);
    case Arguments::Command::kCheck: {
      const CheckOutcome outcome = check_config(arguments->file);
      std::fputs(outcome.text.c_str(), outcome.status == 0 ? stdout : stderr);
      return outcome.status;
    }
    case Arguments::Command::kVersion: std::puts("crossfade " CROSSFADE_VERSION); return 0;
    case Arguments::Command::kHelp: std::fputs(std::string(help_text()).c_str(), stdout); return 0;
  }
  return kStatusUsage;
}

}  // namespace
}  // namespace crossfade

int main(int count, char** words) {
  try {
    return crossfade::main_with({words + 1, words + count});
  } catch (const std::exception& broken) {
    // Only a start may end by an exception.
    return crossfade::fail(broken.what());
  }
}
