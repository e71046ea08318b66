#include "proxy/control/access.h"

#include <algorithm>

#include "config/base/address.h"
#include "proxy/control/problem.h"

namespace crossfade {
namespace {

bool changes_something(const ApiRequest& request) {
  return request.method != "GET";
}

// Host without its port.
std::string_view host_of(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        authority.find(']', colon) == std::string_view::npos &&
                        (authority.front() == '[' || authority.find(':') == colon);
  return has_port ? authority.substr(0, colon) : authority;
}

// A page of evil.example whose name was made to point at 127.0.0.1 (DNS rebinding) sends its own
// name in Host. An address or localhost cannot be such a name.
bool is_literal_host(std::string_view authority) {
  if (authority.empty()) return true;  // HTTP/1.0 tools; browsers always send it
  const std::string_view host = host_of(authority);
  return host == "localhost" || Address::parse(std::string(host) + ":0").has_value();
}

// A browser names the page that a request comes from: only our own may change things.
bool is_same_origin(const ApiRequest& request) {
  const auto origin = request.header("origin");
  if (!origin) return true;
  const auto scheme_end = origin->find("://");
  return scheme_end != std::string_view::npos &&
         origin->substr(scheme_end + 3) == request.header("host").value_or("");
}

ApiResponse unauthorized(std::string_view detail) {
  ApiResponse answer = problem(401, "a bearer token is needed", detail);
  answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"crossfade\"");
  return answer;
}

}  // namespace

std::optional<ApiResponse> refusal(const ApiRequest& request, std::string_view token,
                                   bool is_open) {
  if (is_open) return std::nullopt;
  if (token.empty()) {
    if (!is_literal_host(request.header("host").value_or(""))) {
      return problem(403, "the Host header names a site that this is not",
                     "expected an IP address or localhost");
    }
    if (changes_something(request) && !is_same_origin(request)) {
      return problem(403, "a web page of another site may not change anything here",
                     "the Origin header and the Host header differ");
    }
    return std::nullopt;
  }
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view written = request.header("authorization").value_or("");
  const bool has_scheme =
      written.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), written.begin(), [](char wanted, char c) {
        return wanted == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
      });
  if (!has_scheme) return unauthorized("send it as Authorization: Bearer <token>");
  if (!equal_in_constant_time(written.substr(kScheme.size()), token))
    return unauthorized("this one is not right");
  return std::nullopt;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string actor_of(const ApiRequest& request, std::string_view token) {
  constexpr std::size_t kActorBytesMax = 200;
  const std::string_view claimed = request.header("x-crossfade-actor").value_or("");
  if (!claimed.empty() && claimed.size() <= kActorBytesMax && is_printable_ascii(claimed)) {
    return std::string(claimed);
  }
  return token.empty() ? "anonymous" : "token";
}

}  // namespace crossfade
