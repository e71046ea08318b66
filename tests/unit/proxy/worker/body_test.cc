#include <catch2/catch.hpp>

#include <thread>

#include "config/base/random.h"
#include "tests/unit/proxy/worker/proxy.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

std::string random_bytes(std::size_t size, std::uint64_t seed) {
  Random random{seed};
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

// In chunks of random sizes.
std::string chunked(std::string_view body, std::uint64_t seed, const std::string& trailers = "") {
  Random random{seed};
  std::string bytes;
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, 1 + random.below(100'000));
    char line[20];
    std::snprintf(line, sizeof line, "%zx\r\n", chunk.size());
    bytes += line + std::string(chunk) + "\r\n";
    body.remove_prefix(chunk.size());
  }
  return bytes + "0\r\n" + trailers + "\r\n";
}

std::string with_length(const std::string& start, std::string_view body) {
  return start + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string post(const std::string& framing) {
  return "POST /upload HTTP/1.1\r\nHost: web.example\r\n" + framing;
}

}  // namespace

TEST_CASE("bodies of any size come through both ways byte by byte, with a length") {
  Origin origin{answering(
      [](const Message& request) { return with_length("HTTP/1.1 200 OK\r\n", request.body); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (const std::size_t size : {0U, 1U, 100U, 16'000U, 16'384U, 100'000U, 262'144U, 3'000'000U}) {
    const std::string body = random_bytes(size, size);
    std::jthread sender{[&] { client.write(with_length(post(""), body)); }};
    const Message response = client.read_response();
    sender.join();
    CHECK((response.body == body));
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE("bodies of any size come through both ways byte by byte, in chunks") {
  Origin origin{answering([](const Message& request) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(request.body, 3);
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (const std::size_t size : {0U, 1U, 100U, 16'000U, 16'384U, 100'000U, 262'144U, 3'000'000U}) {
    const std::string body = random_bytes(size, size);
    const std::string request = post("Transfer-Encoding: chunked\r\n\r\n") + chunked(body, 5);
    std::jthread sender{[&] { client.write(request); }};
    const Message response = client.read_response();
    sender.join();
    CHECK((response.body == body));
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE("body bytes are counted without their framing") {
  Origin origin{answering([](const Message&) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("12345", 1);
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("Transfer-Encoding: chunked\r\n\r\n") + chunked("123", 1));
  client.read_response();

  CHECK(proxy.cluster(0).request_bytes.value() == 3);
  CHECK(proxy.cluster(0).response_bytes.value() == 5);
}

TEST_CASE("a body announced as longer than its service takes is refused unread") {
  Origin origin{answering([](const Message&) { return ok("served"); })};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.request_body_max = 10; }};
  Peer client = proxy.connect();

  client.write(with_length(post(""), "0123456789"));
  CHECK(client.read_response().body == "served");
  client.write(with_length(post(""), "0123456789a"));

  const Message refused = client.read_response();
  CHECK(refused.status() == 413);
  CHECK(refused.header("content-type") == "application/problem+json");
  CHECK(proxy.cluster(0).attempts.value() == 1);
}

TEST_CASE("an upload in chunks is refused once it has grown too long") {
  Origin origin{answering([](const Message&) { return ok("served"); })};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.request_body_max = 100'000; }};

  for (const std::size_t size : {100'000U, 100'001U}) {
    Peer client = proxy.connect();
    const std::string request =
        post("Transfer-Encoding: chunked\r\n\r\n") + chunked(random_bytes(size, 1), 5);
    std::jthread sender{[&] { client.write(request); }};
    CHECK(client.read_response().status() == (size == 100'000 ? 200 : 413));
  }
  CHECK(proxy.cohort(0).failures.value() == 0);
}

TEST_CASE("a small upload in chunks that is too long never reaches the service") {
  Origin origin{answering([](const Message&) { return ok("served"); })};
  Proxy proxy{origin, [](ServiceConfig& service, Config&) { service.request_body_max = 10; }};
  Peer client = proxy.connect();

  client.write(post("Transfer-Encoding: chunked\r\n\r\n") + chunked("0123456789a", 1));

  CHECK(client.read_response().status() == 413);
  CHECK(proxy.cluster(0).attempts.value() == 0);
}

TEST_CASE("a request pipelined behind an upload is served") {
  Origin origin{
      answering([](const Message& request) { return ok(std::to_string(request.body.size())); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  const std::string body = random_bytes(200'000, 1);
  const std::string two =
      post("Transfer-Encoding: chunked\r\n\r\n") + chunked(body, 2) + with_length(post(""), "abc");
  std::jthread sender{[&] { client.write(two); }};

  CHECK(client.read_response().body == "200000");
  CHECK(client.read_response().body == "3");
  sender.join();
}

TEST_CASE("trailers come through both ways") {
  std::string seen;
  Origin origin{answering([&seen](const Message& request) {
    seen = request.trailers;
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
           chunked("x", 1, "X-Sum: 42\r\n");
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("TE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n") +
               chunked("abc", 1, "X-Check: 7\r\n"));

  CHECK(client.read_response().trailers == "X-Sum: 42\r\n");
  CHECK(seen == "X-Check: 7\r\n");
}

TEST_CASE("a body without a length reaches the client in chunks, and the connection stays") {
  Origin origin{[](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  for (int i = 0; i < 2; ++i) {
    client.write("GET / HTTP/1.1\r\nHost: web.example\r\n\r\n");
    const Message response = client.read_response();
    CHECK(response.header("transfer-encoding") == "chunked");
    CHECK(response.body == "until the end");
  }
}

TEST_CASE("answers to HEAD, 204 and 304 have no body and keep the connections") {
  Origin origin{answering([](const Message& request) -> std::string {
    if (request.head.starts_with("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n";
    if (request.head.starts_with("GET /204")) return "HTTP/1.1 204 No Content\r\n\r\n";
    return "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"a\"\r\n\r\n";
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 "
      "HTTP/1.1\r\nHost: a\r\n\r\n");

  const Message head = client.read_response("HEAD");
  CHECK(head.status() == 200);
  CHECK(head.header("content-length") == "12345");
  CHECK(client.read_response().status() == 204);
  CHECK(client.read_response().status() == 304);
  CHECK(origin.connections() == 1);
}

TEST_CASE("100-continue is passed on and then the body") {
  Origin origin{[](Peer& peer) {
    const std::string head = peer.read_head();
    if (head.find("100-continue") == std::string::npos) return;
    peer.write("HTTP/1.1 100 Continue\r\n\r\n");
    const std::string body = peer.read(5);
    peer.write(ok("got " + body));
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  CHECK(client.read_response().status() == 100);
  client.write("hello");

  const Message response = client.read_response();
  CHECK(response.body == "got hello");
  CHECK(response.header("connection") != "close");
}

TEST_CASE("a final answer instead of 100-continue ends both connections") {
  Origin origin{answering([](const Message&) { return std::string{"unused"}; })};
  Origin refusing{[](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    peer.read_to_end();
  }};
  Proxy proxy{refusing};
  Peer client = proxy.connect();

  client.write(post("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));

  const Message response = client.read_response();
  CHECK(response.status() == 401);
  CHECK(response.header("connection") == "close");
  CHECK(client.at_end());
  CHECK(proxy.cell().pool_idle.value() == 0);
}

TEST_CASE("103 is passed on before the final answer") {
  Origin origin{answering([](const Message&) {
    return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
           ok("page");
  })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

  const Message hints = client.read_response("HEAD");
  CHECK(hints.status() == 103);
  CHECK(hints.header("link") == "</a.css>");
  CHECK(client.read_response("HEAD").status() == 103);
  CHECK(client.read_response().body == "page");
}

TEST_CASE("an HTTP/1.0 client never sees 1xx") {
  Origin origin{
      answering([](const Message&) { return "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("page"); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.0\r\n\r\n");

  CHECK(client.read_response().body == "page");
}

TEST_CASE("too many 1xx are the upstream's fault") {
  std::string many;
  for (int i = 0; i < 20; ++i) many += "HTTP/1.1 102 Processing\r\n\r\n";
  Origin origin{answering([&many](const Message&) { return many + ok("page"); })};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

  int status = 0;
  while ((status = client.read_response("HEAD").status()) < 200) {
  }
  CHECK(status == 502);
}

TEST_CASE(
    "an answer that comes during the upload reaches the client and the upstream connection is not "
    "used again") {
  Origin origin{[](Peer& peer) {
    peer.read_head();
    peer.read(10'000);
    peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig!");
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("Content-Length: 100000000\r\n\r\n") + random_bytes(10'000, 1));

  const Message response = client.read_response();
  CHECK(response.status() == 413);
  CHECK(response.body == "big!");
  CHECK(response.header("connection") == "close");
  CHECK(client.at_end());
  CHECK(proxy.cell().pool_idle.value() == 0);
  CHECK(proxy.cluster(0).responses[3].value() == 1);
}

TEST_CASE("an answer in the middle of a running upload is read by a client that is still sending") {
  Origin origin{[](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig!");
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("Content-Length: 3000000\r\n\r\n"));
  std::jthread sender{[&] {
    try {
      client.write(random_bytes(3'000'000, 1));
    } catch (const std::exception&) {
    }
  }};
  const Message response = client.read_response();
  sender.join();

  CHECK(response.body == "big!");
}

TEST_CASE("a response streams while the request is still being sent") {
  Origin origin{[](Peer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) peer.write("1\r\n" + peer.read(1) + "\r\n");
    peer.write("0\r\n\r\n");
    peer.read_to_end();
  }};
  Proxy proxy{origin};
  Peer client = proxy.connect();

  client.write(post("Content-Length: 3\r\n\r\n"));
  const std::string head = client.read_head();
  std::string echoed;
  for (const char c : {'a', 'b', 'c'}) {
    client.write({&c, 1});
    const std::string chunk = client.read(6);
    echoed += chunk[3];
  }

  CHECK(echoed == "abc");
}
