#include "discovery/sources/file.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "config/read_file.h"
#include "discovery/sources/endpoint_file.h"

namespace crossfade {
namespace {

namespace asio = boost::asio;

// Everything after which the file, or the link it is behind, may be another one. Not IN_CREATE: a
// file that was just made is still being written.
constexpr std::uint32_t kChanges =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB;

// Shared with its own pending operations, so that one that completes after stop() finds it alive
// and silent.
class FileWatch : public std::enable_shared_from_this<FileWatch> {
 public:
  FileWatch(asio::io_context& io, std::string path, Duration audit_time, Source::Report report)
      : path_{std::move(path)},
        audit_time_{audit_time},
        report_{std::move(report)},
        inotify_{io},
        audit_{io} {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0) inotify_.assign(descriptor);
  }

  void start() {
    look();
    if (inotify_.is_open()) wait_for_change();
    wait_for_audit();
  }

  void stop() {
    report_ = nullptr;
    inotify_.close();
    audit_.cancel();
  }

 private:
  void wait_for_change() {
    inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](const boost::system::error_code& failed) {
                          if (failed || !self->report_) return;
                          self->drain();
                          self->look();
                          if (self->report_) self->wait_for_change();
                        });
  }

  void wait_for_audit() {
    audit_.expires_after(audit_time_);
    audit_.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
      if (failed || !self->report_) return;
      self->look();
      if (self->report_) self->wait_for_audit();
    });
  }

  // What exactly changed does not matter: the file is read again either way.
  void drain() {
    alignas(inotify_event) char events[4096];
    while (::read(inotify_.native_handle(), events, sizeof events) > 0) {
    }
  }

  // The watch comes before the reading, or a change between them would be missed. Watching the same
  // folder again changes nothing; a folder that was replaced gets its watch here.
  void look() {
    const std::string folder = std::filesystem::path(path_).parent_path();
    if (inotify_.is_open()) {
      ::inotify_add_watch(inotify_.native_handle(), folder.empty() ? "." : folder.c_str(),
                          kChanges);
    }
    Result<std::string> text = read_file(path_, limits::kEndpointFileBytesMax);
    std::string found = text ? *std::move(text) : text.error().message;
    if (was_read_ == text.has_value() && found == found_) return;
    was_read_ = text.has_value();
    found_ = std::move(found);
    if (!text) return report_unreachable(": " + found_);
    auto endpoints = parse_endpoints(found_);
    if (!endpoints) return report_unreachable(':' + endpoints.error().message);
    report_({SourceReport::Kind::kSet, *std::move(endpoints), ""});
  }

  void report_unreachable(const std::string& reason) {
    report_({SourceReport::Kind::kUnreachable, {}, path_ + reason});
  }

  std::string path_;
  Duration audit_time_;
  Source::Report report_;
  asio::posix::stream_descriptor
      inotify_;  // closed: there is none to be had, audits alone have to do
  asio::steady_timer audit_;
  std::optional<bool>
      was_read_;  // the last look: whether found_ is a text or the reason why there is none
  std::string found_;
};

class FileEndpoints final : public Source {
 public:
  FileEndpoints(asio::io_context& io, const FileSource& config, Duration audit_time)
      : io_{io}, path_{config.path}, audit_time_{audit_time} {}
  ~FileEndpoints() override {
    if (watch_) watch_->stop();
  }
  FileEndpoints(const FileEndpoints&) = delete;
  FileEndpoints& operator=(const FileEndpoints&) = delete;

  void start(Report report) override {
    watch_ = std::make_shared<FileWatch>(io_, path_, audit_time_, std::move(report));
    watch_->start();
  }

  std::string describe() const override { return "file " + path_; }

 private:
  asio::io_context& io_;
  std::string path_;
  Duration audit_time_;
  std::shared_ptr<FileWatch> watch_;
};

}  // namespace

std::unique_ptr<Source> make_file_source(asio::io_context& io, const FileSource& config,
                                         Duration audit_time) {
  return std::make_unique<FileEndpoints>(io, config, audit_time);
}

}  // namespace crossfade
