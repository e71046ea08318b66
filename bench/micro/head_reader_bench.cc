// Heads as they come through a load balancer: 438 bytes and 8 fields of request, 8 fields of
// response.

#include <cstring>
#include <string_view>

#include "bench/micro/bench.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/head_writer.h"

namespace crossfade::http {
namespace {

constexpr std::string_view kRequest =
    "GET /api/v1/playlists/37i9dQZF1DXcBWIGoYBM5M?market=SE&limit=50 HTTP/1.1\r\n"
    "Host: api.shop.example\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
    "Accept: application/json, text/plain, */*\r\n"
    "Accept-Language: en-GB,en;q=0.9,sv;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Cookie: session=3f9c1b7e2a5d4c8f9e0b1a2c3d4e5f60; theme=dark\r\n"
    "X-Forwarded-For: 203.0.113.195\r\n"
    "X-Request-Id: 8d0c6f2e-6f1f-4c7e-9d3a\r\n"
    "\r\n";
static_assert(kRequest.size() == 438);

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    "Content-Length: 1024\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: private, max-age=60\r\n"
    "ETag: \"33a64df551425fcc55e4d42a148795d9\"\r\n"
    "Vary: Accept-Encoding\r\n"
    "\r\n";

struct Fixture {
  Fixture() {
    std::memcpy(request_bytes, kRequest.data(), kRequest.size());
    std::memcpy(response_bytes, kResponse.data(), kResponse.size());
    read_request();
    read_response();
  }

  void read_request() {
    const HeadSearch search = find_head_end({request_bytes, sizeof request_bytes});
    Fault fault = read_request_head({request_bytes, search.size}, request);
    bench::keep(fault);
  }
  void read_response() {
    const HeadSearch search = find_head_end({response_bytes, sizeof response_bytes});
    Fault fault = read_response_head({response_bytes, search.size}, Method::kGet, response);
    bench::keep(fault);
  }

  char request_bytes[kRequest.size()];
  char response_bytes[kResponse.size()];
  RequestHead request;
  ResponseHead response;
  ForwardingConfig config;
};

}  // namespace

CROSSFADE_BENCH("http: find the end of a request head") {
  Fixture fixture;
  return bench::measure([&] {
    bench::keep(fixture.request_bytes);
    HeadSearch search = find_head_end({fixture.request_bytes, sizeof fixture.request_bytes});
    bench::keep(search);
  });
}

CROSSFADE_BENCH("http: find and read a request head") {
  Fixture fixture;
  return bench::measure([&] {
    bench::keep(fixture.request_bytes);
    fixture.read_request();
    bench::keep(fixture.request);
  });
}

CROSSFADE_BENCH("http: find and read a response head") {
  Fixture fixture;
  return bench::measure([&] {
    bench::keep(fixture.response_bytes);
    fixture.read_response();
    bench::keep(fixture.response);
  });
}

CROSSFADE_BENCH("http: write a request head") {
  Fixture fixture;
  const ForwardingContext context{fixture.config, "192.0.2.7", false, false, {1, 2}};
  char out[2048];
  return bench::measure([&] {
    bench::keep(fixture.request);
    std::size_t size = write_request_head(out, fixture.request, context);
    bench::keep(size);
  });
}

CROSSFADE_BENCH("http: write a response head") {
  Fixture fixture;
  const Delivery delivery = plan_delivery(fixture.request, fixture.response, false);
  const ResponseContext context{fixture.config, fixture.request, delivery,
                                "Sun, 06 Nov 1994 08:49:37 GMT"};
  char out[2048];
  return bench::measure([&] {
    bench::keep(fixture.response);
    std::size_t size = write_response_head(out, fixture.response, context);
    bench::keep(size);
  });
}

}  // namespace crossfade::http
