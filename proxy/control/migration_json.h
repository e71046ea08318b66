#pragma once

// Migrations as the API speaks of them: JSON -> spec with every mistake by its pointer, and values
// -> JSON. PURE.

#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "proxy/migration/migration.h"

namespace crossfade {

// {"service":"playlist","targets":[{"cluster":"new"}],"gate":{...},
//  "ramp":{"curve":"linear","duration":"2m"}}
// `name`: from the path; without it the body names the migration. What the spec says about the
// service is not checked here (validate_spec). The result means something only when no error was
// added.
MigrationSpec read_spec(const boost::json::value& body, std::optional<MigrationName> name,
                        std::vector<FieldError>& errors);

boost::json::object to_json(const MigrationSpec& spec);
boost::json::object to_json(const Verdict& verdict);
boost::json::object to_json(const Because& because);
boost::json::object to_json(const Migration& migration);

// When which share is allowed, if all goes well: what ?dry_run=true shows.
boost::json::object plan_of(const Ramp& ramp);

// "5%", "33.3333%"; parse_fraction reads it back exactly.
std::string to_text(Share share);
// "90s", "250ms": in the largest unit that is exact; parse_duration reads it back.
std::string to_text(Duration duration);
// "2026-11-22T18:00:00.000Z"
std::string to_text(WallTime time);

}  // namespace crossfade
