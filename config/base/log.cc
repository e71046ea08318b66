#include "config/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace crossfade::log {
namespace {

void append_value(std::string& line, std::string_view value) {
  const auto is_plain = [](unsigned char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 127;
  };
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  line += '"';
  for (const unsigned char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += static_cast<char>(c);
    } else if (c < ' ' || c == 127) {
      line += "\\x";
      line += kHex[c >> 4];
      line += kHex[c & 15];
    } else {
      line += static_cast<char>(c);
    }
  }
  line += '"';
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string fraction = std::to_string(1000 + millis);
  fraction[0] = '.';
  return std::string(text, size) + fraction + "Z";
}

void write_line(std::string_view level, std::string_view area, std::string_view what,
                Fields fields) {
  const std::string line = "time=" + timestamp() + ' ' + format(level, area, what, fields) + '\n';
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

std::string format(std::string_view level, std::string_view area, std::string_view what,
                   Fields fields) {
  std::string line = "level=";
  line += level;
  line += " area=";
  append_value(line, area);
  line += " msg=";
  append_value(line, what);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    append_value(line, value);
  }
  return line;
}

void info(std::string_view area, std::string_view what, Fields fields) {
  write_line("info", area, what, fields);
}
void warning(std::string_view area, std::string_view what, Fields fields) {
  write_line("warning", area, what, fields);
}
void error(std::string_view area, std::string_view what, Fields fields) {
  write_line("error", area, what, fields);
}

}  // namespace crossfade::log
