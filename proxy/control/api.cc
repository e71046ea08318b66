#include "proxy/control/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "config/limits.h"
#include "proxy/control/access.h"
#include "proxy/control/problem.h"

namespace crossfade {
namespace json = boost::json;

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// What stands for the {..} of the pattern; nullopt when the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              std::span<const std::string_view> path) {
  const auto wanted = segments_of(pattern);
  if (wanted.size() != path.size()) return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{'))
      names.emplace_back(path[i]);
    else if (wanted[i] != path[i])
      return std::nullopt;
  }
  return names;
}

}  // namespace

ApiResponse json_answer(const json::value& body, unsigned status) {
  return {status, "application/json", json::serialize(body) + '\n', {}, nullptr};
}

Api::Api(Doors doors) : doors_{std::move(doors)} {}

Api::~Api() = default;

std::vector<Api::Endpoint> Api::endpoints() {
  std::vector<Endpoint> all;
  for (const Line& line : table()) all.push_back({line.method, line.path, line.is_open});
  return all;
}

void Api::answer(ApiRequest request, Reply reply) {
  const auto path = segments_of(request.path);
  std::string methods;
  for (const Line& line : table()) {
    auto names = match(line.path, path);
    if (!names) continue;
    if (line.method != request.method) {
      methods += (methods.empty() ? "" : ", ") + std::string(line.method);
      continue;
    }
    const std::string token = doors_.token();
    if (auto refused = refusal(request, token, line.is_open)) return reply(std::move(*refused));
    Because because{actor_of(request, token), "", request.peer.host()};
    return run(line, {std::move(request), std::move(*names), nullptr, std::move(because),
                      std::move(reply)});
  }
  if (methods.empty())
    return reply(problem(404, "no such path", "GET /openapi.yaml lists them all"));
  ApiResponse refused =
      problem(405, "this path does not take " + request.method, "it takes " + methods);
  refused.headers.emplace_back("Allow", methods);
  reply(std::move(refused));
}

void Api::run(const Line& line, Call call) {
  if (line.method != "GET") {
    if (!read_body(call)) return;
    if (const auto key = call.request.header("idempotency-key")) {
      if (auto known = repeated_.begin(std::string(*key), call.request))
        return call.reply(std::move(*known));
      call.reply = keep_for_repetition(call);
    }
  }
  (this->*line.function)(std::move(call));
}

Reply Api::keep_for_repetition(const Call& call) {
  return [this, key = std::string(call.request.header("idempotency-key").value_or("")),
          reply = call.reply](ApiResponse answer) {
    repeated_.finish(key, answer);
    reply(std::move(answer));
  };
}

// Fills in the body and the reason. False: refused, and answered.
bool Api::read_body(Call& call) {
  if (!call.request.body.empty()) {
    json::error_code failed;
    json::stream_parser parser;
    const std::size_t used = parser.write_some(call.request.body, failed);
    if (!failed && used < call.request.body.size()) failed = json::error::extra_data;
    if (!failed) parser.finish(failed);
    if (failed) {
      call.reply(problem(400, "the body is not JSON",
                         failed.message() + " at byte " + std::to_string(used)));
      return false;
    }
    call.body = parser.release();
  }
  call.because.why = std::string(call.request.parameter("reason").value_or(""));
  // A query may hold any bytes; records, answers and events are UTF-8, as a JSON body is.
  if (!is_printable_ascii(call.because.why)) {
    call.reply(problem(422, "the reason in the query is not plain ASCII", "send it in the body"));
    return false;
  }
  if (const auto* object = call.body.if_object()) {
    const json::value* reason = object->if_contains("reason");
    if (reason && reason->is_string()) call.because.why = std::string(reason->get_string());
  }
  if (call.because.why.size() > limits::kReasonBytesMax) {
    const std::string expected =
        "expected at most " + std::to_string(limits::kReasonBytesMax) + " bytes";
    call.reply(problem(422, "the reason is too long", expected, {{"/reason", expected}}));
    return false;
  }
  return true;
}

ApiResponse Api::answer_of(const Change& change, unsigned status) const {
  const VersionView now = doors_.controller.versions();
  ApiResponse answer = json_answer({{"revision", change.revision},
                                    {"decided", change.version},
                                    {"published", std::min(change.version, now.published)},
                                    {"adopted", now.adopted}},
                                   status);
  answer.headers.emplace_back("ETag", '"' + std::to_string(change.revision) + '"');
  return answer;
}

Controller::Done Api::finish_with(Call call) {
  const std::uint64_t wait = next_wait_++;
  waits_.emplace(wait, Wait{doors_.clock.now() + limits::kApiWaitMax, std::move(call.reply),
                            call.request.parameter("wait") == "adopted"});
  return [this, wait](const Result<Change>& change) { decided(wait, change); };
}

void Api::decided(std::uint64_t wait, const Result<Change>& change) {
  const auto found = waits_.find(wait);
  if (found == waits_.end()) return;  // told already that it takes too long
  if (change && found->second.until_adopted) {
    found->second.deadline = doors_.clock.now() + limits::kApiWaitMax;
    found->second.change = *change;
    return tick();
  }
  const Reply reply = std::move(found->second.reply);
  waits_.erase(found);
  reply(change ? answer_of(*change, 202) : problem(change.error()));
}

void Api::tick() {
  const std::uint64_t adopted = doors_.controller.versions().adopted;
  const Instant now = doors_.clock.now();
  for (auto at = waits_.begin(); at != waits_.end();) {
    const auto wait = at++;
    const std::optional<Change> change = wait->second.change;
    const bool is_adopted = change && adopted >= change->version;
    if (!is_adopted && now < wait->second.deadline) continue;
    const Reply reply = std::move(wait->second.reply);
    waits_.erase(wait);
    if (change) {
      reply(answer_of(*change, is_adopted ? 200 : 202));
    } else {
      reply(problem(504, "the journal has not answered yet",
                    "the change is made once it does; look what is in force before you try again"));
    }
  }
}

}  // namespace crossfade
