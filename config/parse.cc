#include "config/parse.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <tuple>

#include "config/base/verify.h"
#include "config/limits.h"
#include "config/parse_parts.h"
#include "config/read_file.h"
#include "config/validate.h"

namespace crossfade {
namespace {

// ---- the machine ----

// What this process may use, which in a container is less than what the machine has.
std::uint32_t usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
}

// ---- errors and their places ----

// The node that a path leads to, or the last one on the way that exists.
const YamlNode& node_at(const YamlNode& root, const KeyPath& path) {
  const YamlNode* node = &root;
  for (const KeyPath::Segment& segment : path.segments()) {
    const YamlNode* next = nullptr;
    if (const auto* index = std::get_if<std::size_t>(&segment)) {
      if (*index < node->items.size()) next = &node->items[*index];
    } else {
      next = node->find(std::get<std::string>(segment));
    }
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

bool is_within(const KeyPath& inner, const KeyPath& outer) {
  const auto& a = inner.segments();
  const auto& b = outer.segments();
  return a.size() >= b.size() && std::equal(b.begin(), b.end(), a.begin());
}

// A rule across fields is not judged where one of those fields could not be read.
void add_violations(const Config& config, const YamlNode& root, Problems& problems) {
  const std::vector<YamlProblem> unread = problems.all();
  for (const Violation& violation : validate(config)) {
    const auto is_about_it = [&](const YamlProblem& problem) {
      return is_within(problem.path, violation.path);
    };
    if (std::any_of(unread.begin(), unread.end(), is_about_it)) continue;
    const YamlNode& node = node_at(root, violation.path);
    problems.add(node.line, node.column, violation.path, violation.message);
  }
}

ConfigErrors to_errors(const std::vector<YamlProblem>& problems, const std::string& file) {
  ConfigErrors errors;
  for (const YamlProblem& problem : problems) {
    errors.push_back({file, problem.line, problem.column, problem.path.str(), problem.message});
  }
  std::sort(errors.begin(), errors.end(), [](const ConfigError& a, const ConfigError& b) {
    return std::tie(a.line, a.column, a.path, a.message) <
           std::tie(b.line, b.column, b.path, b.message);
  });
  return errors;
}

}  // namespace

std::string ConfigError::str() const {
  std::string text = file;
  if (line > 0) text += ':' + std::to_string(line) + ':' + std::to_string(column);
  if (!path.empty()) text += ": " + path;
  return text + ": " + message;
}

std::string to_string(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) {
    if (!text.empty()) text += '\n';
    text += error.str();
  }
  return text;
}

std::string ParseContext::resolve(const std::string& path) const {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

Surroundings system_surroundings() {
  Surroundings surroundings;
  surroundings.read_file = [](const std::string& path) {
    return read_file(path, limits::kSecretBytesMax + 2);
  };
  surroundings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
  };
  surroundings.cpu_count = usable_cpus();
  return surroundings;
}

ConfigResult parse_config(std::string_view text, const std::string& file,
                          const Surroundings& surroundings) {
  VERIFY(surroundings.read_file && surroundings.environment);
  const YamlDocument document = read_yaml(text);
  if (!document.is_whole) return to_errors(document.problems, file);

  Problems problems;
  for (const YamlProblem& problem : document.problems) {
    problems.add(problem.line, problem.column, problem.path, problem.message);
  }
  const ParseContext context{std::filesystem::path(file).parent_path().string(), surroundings};
  Config config;
  config.file = file;
  {
    const Field field{document.root, {}, problems};
    Section root{field};  // names unknown keys when it ends
    read_process(root, context, config);
    read_services(root, context, config);
    read_routes(root, config);
  }
  add_violations(config, document.root, problems);
  if (!problems.all().empty()) return to_errors(problems.all(), file);
  return config;
}

ConfigResult load_config(const std::string& path) {
  const auto text = read_file(path, limits::kConfigBytesMax);
  if (!text) {
    return ConfigErrors{{path, 0, 0, "", "expected a readable file: " + text.error().message}};
  }
  return parse_config(*text, path, system_surroundings());
}

}  // namespace crossfade
