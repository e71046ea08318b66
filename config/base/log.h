#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

// Log lines for people and collectors: one logfmt line per event on stderr, written with a single
// write(2). For the control thread and for start-up. Workers count instead of logging.
namespace crossfade::log {

using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

// area: the folder that speaks, e.g. "discovery". what: one sentence fragment. Values are quoted
// when they need it.
void info(std::string_view area, std::string_view what, Fields fields = {});
void warning(std::string_view area, std::string_view what, Fields fields = {});
void error(std::string_view area, std::string_view what, Fields fields = {});

// One line as it would be written, without time and newline. Pure; control characters are escaped.
std::string format(std::string_view level, std::string_view area, std::string_view what,
                   Fields fields);

}  // namespace crossfade::log
