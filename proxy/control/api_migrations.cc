#include <algorithm>

#include <boost/json.hpp>

#include "proxy/control/api.h"
#include "proxy/control/json_fields.h"
#include "proxy/control/migration_json.h"
#include "proxy/control/problem.h"

namespace crossfade {
namespace json = boost::json;

namespace {

const ServiceConfig* find_config(const Config& config, const ServiceName& name) {
  const auto found = std::find_if(config.services.begin(), config.services.end(),
                                  [&](const auto& service) { return service->name == name; });
  return found == config.services.end() ? nullptr : found->get();
}

}  // namespace

// Answers 404 itself when there is none.
const Migration* Api::find_migration(const Call& call) {
  const auto name = MigrationName::parse(call.names.front());
  const Migration* migration = name ? doors_.controller.migration(*name) : nullptr;
  if (!migration) call.reply(problem(404, "no such migration", "GET /v1/migrations lists them"));
  return migration;
}

void Api::list_migrations(Call call) {
  json::array migrations;
  for (const Migration* migration : doors_.controller.migrations())
    migrations.push_back(to_json(*migration));
  call.reply(json_answer(json::object{{"migrations", std::move(migrations)}}));
}

void Api::show_migration(Call call) {
  if (const Migration* migration = find_migration(call))
    call.reply(json_answer(to_json(*migration)));
}

// Answers 422 itself when something is wrong with it.
std::optional<MigrationSpec> Api::read_migration(const Call& call,
                                                 std::optional<MigrationName> name) {
  std::vector<FieldError> errors;
  MigrationSpec spec = read_spec(call.body, std::move(name), errors);
  if (errors.empty()) {
    const ServiceConfig* service = find_config(doors_.controller.config(), spec.service);
    if (service)
      errors = validate_spec(spec, *service);
    else
      errors.push_back(
          {"/service", "expected a service of the configuration; GET /v1/services lists them"});
  }
  if (errors.empty()) return spec;
  call.reply(problem(422, "this migration cannot begin", "", errors));
  return std::nullopt;
}

void Api::post_migration(Call call) {
  auto spec = read_migration(call, std::nullopt);
  if (!spec) return;
  const Because because = call.because;
  doors_.controller.create_migration(std::move(*spec), because, finish_with(std::move(call)));
}

void Api::put_migration(Call call) {
  const auto name = MigrationName::parse(call.names.front());
  if (!name) return call.reply(problem(422, "not a name for a migration", name.error().message));
  auto spec = read_migration(call, *name);
  if (!spec) return;
  const Migration* present = doors_.controller.migration(*name);
  if (present && present->spec != *spec) {
    const char* what_to_do =
        present->holds_service() ? "abort it or roll it back, then DELETE it" : "DELETE it first";
    return call.reply(
        problem(409, "a migration of this name with another spec exists", what_to_do));
  }
  if (call.request.parameter("dry_run") == "true") {
    json::object plan = plan_of(spec->ramp);
    plan["would"] = present ? "change nothing" : "create";
    plan["migration"] = to_json(*spec);
    return call.reply(json_answer(plan));
  }
  if (present) return call.reply(json_answer(to_json(*present)));
  const Because because = call.because;
  doors_.controller.create_migration(std::move(*spec), because, finish_with(std::move(call)));
}

void Api::delete_migration(Call call) {
  const Migration* migration = find_migration(call);
  if (!migration) return;
  const MigrationName name = migration->name();
  const Because because = call.because;
  doors_.controller.delete_migration(name, because, finish_with(std::move(call)));
}

void Api::command(Call call, Verb verb) {
  const Migration* migration = find_migration(call);
  if (!migration) return;
  std::vector<FieldError> errors;
  if (!call.body.is_null()) {
    JsonFields fields(call.body, "", errors);
    fields.text("reason");
    if (verb == Verb::kPromoteStep && fields.boolean("full") == true) verb = Verb::kPromoteFull;
    fields.finish();
  }
  if (!errors.empty()) return call.reply(problem(422, "this command cannot be given", "", errors));
  const MigrationName name = migration->name();
  const Command command{verb, call.because};
  doors_.controller.command(name, command, finish_with(std::move(call)));
}

void Api::pause_migration(Call call) {
  command(std::move(call), Verb::kPause);
}
void Api::resume_migration(Call call) {
  command(std::move(call), Verb::kResume);
}
void Api::promote_migration(Call call) {
  command(std::move(call), Verb::kPromoteStep);
}
void Api::abort_migration(Call call) {
  command(std::move(call), Verb::kAbort);
}
void Api::roll_back_migration(Call call) {
  command(std::move(call), Verb::kRollBack);
}

}  // namespace crossfade
