#include "proxy/control/event_stream.h"

#include <utility>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {

EventStream::EventStream(boost::asio::io_context& context) : changed_{context} {}

bool EventStream::send(std::uint64_t id, std::string_view kind, std::string_view json) {
  VERIFY(json.find('\n') == std::string_view::npos);  // a newline would end the field
  if (closed_) return false;
  if (waiting_.size() + json.size() > limits::kEventStreamBytesMax) {
    close();
    return false;
  }
  waiting_ += "id: " + std::to_string(id) + "\nevent: ";
  waiting_ += kind;
  waiting_ += "\ndata: ";
  waiting_ += json;
  waiting_ += "\n\n";
  wake();
  return true;
}

void EventStream::close() {
  closed_ = true;
  wake();
}

std::string EventStream::take() {
  return std::exchange(waiting_, {});
}

void EventStream::wake() {
  changed_.cancel();
}

}  // namespace crossfade
