#include <charconv>

#include <boost/json.hpp>

#include "proxy/control/api.h"
#include "proxy/control/documents.h"
#include "proxy/control/problem.h"
#include "proxy/stats/prometheus.h"

namespace crossfade {
namespace json = boost::json;

void Api::show_health(Call call) {
  call.reply(json_answer(json::object{{"alive", true}}));
}

void Api::show_readiness(Call call) {
  if (doors_.is_ready()) return call.reply(json_answer(json::object{{"ready", true}}));
  call.reply(problem(503, "not ready",
                     "not every worker serves from a snapshot yet, or the process drains"));
}

void Api::show_metrics(Call call) {
  call.reply({200, kMetricsContentType, doors_.metrics(), {}, nullptr});
}

void Api::show_document(Call call) {
  call.reply({200, "application/yaml", std::string(openapi_document()), {}, nullptr});
}

void Api::show_page(Call call) {
  ApiResponse answer{200, "text/html; charset=utf-8", std::string(status_page()), {}, nullptr};
  answer.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
      "connect-src 'self'; frame-ancestors 'none'");
  call.reply(std::move(answer));
}

void Api::follow_all(Call call) {
  follow(std::move(call), {});
}

void Api::follow_migration(Call call) {
  if (const Migration* migration = find_migration(call)) follow(std::move(call), migration->name());
}

void Api::follow(Call call, MigrationName migration) {
  std::optional<std::uint64_t> last_seen;
  if (const auto text = call.request.header("last-event-id")) {
    std::uint64_t id = 0;
    const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), id);
    if (failed != std::errc{} || end != text->data() + text->size()) {
      return call.reply(problem(400, "Last-Event-ID is not an id of this stream",
                                "expected a number; 0 for all kept"));
    }
    last_seen = id;
  }
  ApiResponse answer;
  answer.stream = [this, last_seen,
                   migration = std::move(migration)](std::shared_ptr<EventStream> stream) {
    doors_.events.follow(std::move(stream), last_seen, migration);
  };
  call.reply(std::move(answer));
}

void Api::reload_config(Call call) {
  const ReloadResult reloaded = doors_.reload();
  if (reloaded) {
    return call.reply(
        json_answer(json::object{{"services", doors_.controller.config().services.size()}}));
  }
  const ReloadRefused& refused = reloaded.error();
  if (refused.errors.empty()) return call.reply(problem(refused.conflict));
  json::array errors;
  for (const ConfigError& error : refused.errors) {
    errors.push_back(json::object{{"file", error.file},
                                  {"line", error.line},
                                  {"column", error.column},
                                  {"path", error.path},
                                  {"expected", error.message}});
  }
  const json::object body = {{"type", "about:blank"},
                             {"title", "the configuration is refused and the old one stays"},
                             {"status", 422},
                             {"errors", std::move(errors)}};
  call.reply({422, "application/problem+json", json::serialize(body) + '\n', {}, nullptr});
}

}  // namespace crossfade
