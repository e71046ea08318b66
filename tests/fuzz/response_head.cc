// Whatever response head is accepted, its form for the client is accepted too and means the same.

#include <cstdint>
#include <string>

#include "config/base/verify.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/head_writer.h"

namespace crossfade::http {
namespace {

void check_response(std::string bytes, Method method) {
  const HeadSearch search = find_head_end(bytes);
  if (search.size == 0) return;
  ResponseHead head;
  if (read_response_head({bytes.data(), search.size}, method, head) != Fault::kNone) return;

  RequestHead request;
  request.method = method;
  const ForwardingConfig config;
  const Delivery delivery = plan_delivery(request, head, false);
  std::string out(limits::kHeadBytesMax, '\0');
  out.resize(write_response_head(out, head, {config, request, delivery, "now"}));
  VERIFY(!out.empty());
  VERIFY(find_head_end(out).size == out.size());
  ResponseHead again;
  VERIFY(read_response_head(out, method, again) == Fault::kNone);
  VERIFY(again.status == head.status);
  VERIFY(again.reason == head.reason);
  VERIFY(again.framing == delivery.framing);
  VERIFY(again.framing != Framing::kLength || again.content_length == head.content_length);
  VERIFY(again.upgrade == head.upgrade);
  VERIFY(again.keep_alive == delivery.keep_alive);
}

}  // namespace
}  // namespace crossfade::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  std::string raw = text;
  crossfade::http::ResponseHead head;
  crossfade::http::read_response_head(raw, crossfade::http::Method::kGet, head);
  crossfade::http::check_response(text, crossfade::http::Method::kGet);
  crossfade::http::check_response(text, crossfade::http::Method::kHead);
  return 0;
}
