// Keys of the process itself: workers, listeners, control, state, forwarding.

#include <algorithm>

#include "config/limits.h"
#include "config/parse_parts.h"
#include "config/values.h"

namespace crossfade {
namespace {

constexpr std::uint16_t kControlPort = 9900;

void read_listener(const Field& field, ListenerConfig& listener) {
  Section section{field};
  if (const auto address = section.required("address", "where to listen, like 0.0.0.0:8080")) {
    listener.address = read_address(*address).value_or(Address{});
  }
  section.read("connections_max", listener.connections_max, Count{1, limits::kConnectionsMax});
  section.read("head_timeout", listener.head_timeout, Time{});
  section.read("idle_timeout", listener.idle_timeout, Time{});
}

// A token of RFC 6750 section 2.1 is visible ASCII; the newline that editors leave at the end of a
// file is not meant.
std::optional<std::string> clean_secret(std::string secret) {
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  const auto is_visible = [](unsigned char c) { return c > ' ' && c < 127; };
  const bool is_usable = !secret.empty() && secret.size() <= limits::kSecretBytesMax &&
                         std::all_of(secret.begin(), secret.end(), is_visible);
  if (!is_usable) return {};
  return secret;
}

// No message in here repeats what it found: a secret put in the wrong place must not reach a
// terminal or a log.
std::optional<std::string> read_secret(const Field& field, const ParseContext& context) {
  if (!field.is_map()) {
    field.wrong("expected {file: PATH} or {env: NAME}: a secret is never written into this file");
    return {};
  }
  Section section{field};
  const auto file = section.find("file");
  const auto variable = section.find("env");
  if (file.has_value() == variable.has_value()) {
    field.wrong("expected one of {file: PATH} and {env: NAME}");
    return {};
  }
  if (file) {
    const auto text = context.surroundings.read_file(context.resolve(file->node.text));
    const auto secret = text ? clean_secret(*text) : std::nullopt;
    if (!secret) file->wrong("expected a readable file that holds 1 to 4096 visible characters");
    return secret;
  }
  const auto text = context.surroundings.environment(variable->node.text);
  const auto secret = text ? clean_secret(*text) : std::nullopt;
  if (!secret) {
    variable->wrong(
        "expected the name of an environment variable that holds 1 to 4096 visible characters");
  }
  return secret;
}

void read_control(Section& root, const ParseContext& context, ControlConfig& control) {
  control.address = Address::from_v4(INADDR_LOOPBACK, kControlPort);
  const auto field = root.find("control");
  if (!field) return;
  Section section{*field};
  section.read("address", control.address, read_address);
  section.read("token", control.token,
               [&](const Field& token) { return read_secret(token, context); });
}

// systemd's StateDirectory= first, then the XDG base directory specification.
std::string default_journal(const Surroundings& surroundings) {
  const auto folder = [&](const char* variable, const char* suffix) -> std::string {
    auto value = surroundings.environment(variable).value_or("");
    value = value.substr(0, value.find(':'));  // StateDirectory= may name several
    return value.empty() ? "" : value + suffix;
  };
  for (const std::string& found :
       {folder("STATE_DIRECTORY", "/journal.db"), folder("XDG_STATE_HOME", "/crossfade/journal.db"),
        folder("HOME", "/.local/state/crossfade/journal.db")}) {
    if (!found.empty()) return found;
  }
  return {};
}

std::optional<std::string> read_journal(const Field& field, const ParseContext& context) {
  const auto text = read_text(field);
  if (!text || *text == "memory") return text;
  return context.resolve(*text);
}

void read_state(Section& root, const ParseContext& context, StateConfig& state) {
  state.journal = default_journal(context.surroundings);
  const auto field = root.find("state");
  if (!field) return;
  Section section{*field};
  section.read("journal", state.journal,
               [&](const Field& journal) { return read_journal(journal, context); });
}

void read_forwarding(Section& root, ForwardingConfig& forwarding) {
  const auto field = root.find("forwarding");
  if (!field) return;
  Section section{*field};
  section.read("forwarded", forwarding.forwarded, read_truth);
  section.read("trust_incoming", forwarding.trust_incoming, read_truth);
  section.read("via", forwarding.via, read_token);
}

}  // namespace

void read_process(Section& root, const ParseContext& context, Config& config) {
  config.workers = std::clamp(context.surroundings.cpu_count, 1U, limits::kWorkersMax);
  root.read("workers", config.workers, Count{1, limits::kWorkersMax});
  if (const auto listeners =
          root.required("listeners", "a list of at least one, like [{address: 0.0.0.0:8080}]")) {
    for (const Field& field : elements(*listeners, limits::kListenersMax, "listeners")) {
      read_listener(field, config.listeners.emplace_back());
    }
  }
  read_control(root, context, config.control);
  read_state(root, context, config.state);
  read_forwarding(root, config.forwarding);
}

}  // namespace crossfade
