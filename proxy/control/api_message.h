#pragma once

// One request to the control API and its answer, as values: the server (http_server.h) turns bytes
// into these, the API (api.h) turns the one into the other and knows no sockets.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/address.h"

namespace crossfade {

class EventStream;

struct ApiRequest {
  std::string method;  // "GET"; HEAD arrives as GET, the server leaves the body out
  std::string path;    // percent-decoded, without query
  std::vector<std::pair<std::string, std::string>> query = {};    // percent-decoded, in order
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};
  Address peer = {};

  // The first header or query parameter of that name (headers: lower case); nullopt when absent.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;
};

struct ApiResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Set: the answer is an endless text/event-stream; called once its head is on the way.
  std::function<void(std::shared_ptr<EventStream>)> stream = nullptr;
};

// Answers once, now or later, on the control thread.
using Reply = std::function<void(ApiResponse)>;

}  // namespace crossfade
