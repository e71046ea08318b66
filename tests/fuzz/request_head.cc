// Whatever request head is accepted, its forwarded form is accepted too and means the same.

#include <cstdint>
#include <string>

#include "config/base/verify.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/head_writer.h"

namespace crossfade::http {
namespace {

void check_same(const RequestHead& a, const RequestHead& b) {
  VERIFY(a.method_text == b.method_text);
  VERIFY(a.target == b.target);
  VERIFY(a.path == b.path);
  VERIFY(a.authority.text == b.authority.text);
  VERIFY(a.authority.port == b.authority.port);
  VERIFY(a.framing == b.framing);
  VERIFY(a.content_length == b.content_length);
  VERIFY(a.upgrade == b.upgrade);
  VERIFY(a.te_trailers == b.te_trailers);
  VERIFY(a.expect_continue == b.expect_continue);
}

void check_search(std::string_view bytes, const HeadSearch& whole) {
  const HeadSearch half = find_head_end(bytes.substr(0, bytes.size() / 2));
  if (half.size != 0 || half.fault != Fault::kNone) return;
  const HeadSearch rest = find_head_end(bytes, bytes.size() / 2);
  VERIFY(rest.size == whole.size && rest.fault == whole.fault);
}

void check_request(std::string bytes) {
  RequestHead head;
  read_request_head(bytes, head);  // must also bear what find_head_end() would never give it
}

void check_forwarding(std::string bytes) {
  const HeadSearch search = find_head_end(bytes);
  check_search(bytes, search);
  if (search.size == 0) return;
  RequestHead head;
  if (read_request_head({bytes.data(), search.size}, head) != Fault::kNone) return;

  const ForwardingConfig config;
  const ForwardingContext context{config, "192.0.2.7", false, true, {1, 2}};
  std::string out(limits::kHeadBytesMax, '\0');
  out.resize(write_request_head(out, head, context));
  VERIFY(!out.empty());
  VERIFY(find_head_end(out).size == out.size());
  RequestHead again;
  const Fault fault = read_request_head(out, again);
  // HTTP/1.0 may lack a host; HTTP/1.1 says so with an empty one, which we do not take from
  // clients.
  if (head.authority.text.empty()) return;
  VERIFY(fault == Fault::kNone);
  check_same(head, again);
}

}  // namespace
}  // namespace crossfade::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  crossfade::http::check_request(text);
  crossfade::http::check_forwarding(text);
  return 0;
}
