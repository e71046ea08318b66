#include "api_under_test.h"

#include <catch2/catch.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json.hpp>

#include "proxy/control/socket_address.h"

namespace crossfade {
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

std::shared_ptr<const Config> two_services() {
  const auto source = [](const char* address) {
    return StaticSource{{Address::parse(address).value()}};
  };
  ServiceConfig playlist;
  playlist.name = ServiceName::of("playlist");
  playlist.clusters = {{ClusterName::of("old"), 100, source("10.0.0.1:80"), 0.5},
                       {ClusterName::of("new"), 0, source("10.1.0.1:80"), 0.5}};
  ServiceConfig search;
  search.name = ServiceName::of("search");
  search.clusters = {{ClusterName::of("old"), 1, source("10.0.0.2:80"), 0.5}};
  Config config;
  config.workers = 1;
  config.services = {std::make_shared<const ServiceConfig>(playlist),
                     std::make_shared<const ServiceConfig>(search)};
  return std::make_shared<const Config>(std::move(config));
}

}  // namespace

boost::json::value Answered::json() const {
  return boost::json::parse(body);
}

std::string Answered::pointer() const {
  const boost::json::value problem = json();
  const auto* errors = problem.as_object().if_contains("errors");
  return errors ? std::string(errors->at(0).at("pointer").as_string()) : "";
}

struct ApiUnderTest::Pending {
  explicit Pending(asio::io_context& context) : socket{context} {}
  tcp::socket socket;
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  bool done = false;
  boost::system::error_code failed;
};

ApiUnderTest::ApiUnderTest(std::string its_token)
    : token{std::move(its_token)},
      journal{[this](std::function<void()> function) {
        if (journal_hangs) return held.push_back(std::move(function));
        asio::post(context, std::move(function));
      }},
      controller{{journal, clock,
                  [this](std::shared_ptr<const Snapshot> next) { published = std::move(next); }}},
      catalog{clock, source_maker(context, entropy),
              CatalogEvents{[this](const ServiceName& service, const ClusterName& cluster,
                                   const EndpointSet& set) {
                              controller.on_endpoints(service, cluster, set);
                            },
                            {}}},
      events{clock.wall()},
      api{{controller, catalog, events, clock, [this] { return token; },
           [this] { return next_reload; }, [] { return "crossfade_up 1\n"; },
           [this] { return published != nullptr; }}},
      server{context, [this](ApiRequest request, Reply reply) {
               api.answer(std::move(request), std::move(reply));
             }} {
  controller.subscribe([this](const ControlEvent& event) { events.add(event); });
  const auto config = two_services();
  REQUIRE(journal.load().has_value());
  REQUIRE(controller.configure(config).has_value());
  catalog.configure(*config);
  controller.tick();
  adopt();
  REQUIRE(server.listen(Address::parse("127.0.0.1:0").value()).has_value());
}

void ApiUnderTest::begin(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view headers) {
  pending_ = std::make_shared<Pending>(context);
  pending_->socket.connect(to_endpoint(server.address()));
  std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\n";
  if (headers.find("Host:") == std::string_view::npos)
    text += "Host: " + server.address().str() + "\r\n";
  text += headers;
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  asio::write(pending_->socket, asio::buffer(text));
  pending_->parser.skip(method == "HEAD");
  beast::http::async_read(pending_->socket, pending_->buffer, pending_->parser,
                          [pending = pending_](boost::system::error_code failed, std::size_t) {
                            pending->done = true;
                            pending->failed = failed;
                          });
}

bool ApiUnderTest::is_answered() {
  // Loopback delivers before poll() has nothing left to do only after a few turns: both ends are
  // polled.
  for (int i = 0; i < 20; ++i) {
    context.restart();
    context.run_for(std::chrono::milliseconds(1));
  }
  return pending_->done;
}

Answered ApiUnderTest::take() {
  const auto pending = std::exchange(pending_, nullptr);
  turn_until([&] { return pending->done; });
  INFO(pending->failed.message());
  REQUIRE(!pending->failed);
  Answered answered;
  answered.status = pending->parser.get().result_int();
  for (const auto& field : pending->parser.get()) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answered.headers[name] = std::string(field.value());
  }
  answered.body = pending->parser.get().body();
  return answered;
}

Answered ApiUnderTest::ask(std::string_view method, std::string_view target, std::string_view body,
                           std::string_view headers) {
  begin(method, target, body, headers);
  return take();
}

std::string ApiUnderTest::exchange(std::string_view bytes, std::string_view until) {
  tcp::socket socket(context);
  socket.connect(to_endpoint(server.address()));
  asio::write(socket, asio::buffer(bytes.data(), bytes.size()));
  std::string received;
  bool ended = false;
  std::array<char, 4096> buffer;
  std::function<void()> read = [&] {
    socket.async_read_some(asio::buffer(buffer),
                           [&](boost::system::error_code failed, std::size_t size) {
                             received.append(buffer.data(), size);
                             if (failed)
                               ended = true;
                             else
                               read();
                           });
  };
  read();
  turn_until(
      [&] { return ended || (!until.empty() && received.find(until) != std::string::npos); });
  socket.close();
  turn_until([&] { return ended; });  // the handler refers to this frame
  return received;
}

void ApiUnderTest::adopt() {
  controller.on_adopted(published->version);
  api.tick();
}

void ApiUnderTest::turn_until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done() && std::chrono::steady_clock::now() < give_up) {
    context.restart();
    context.run_one_for(std::chrono::milliseconds(100));
  }
  REQUIRE(done());
}

}  // namespace crossfade
