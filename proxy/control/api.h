#pragma once

// The control API: a table of method and path -> function, over the control core. It turns JSON
// into commands and views into JSON; it decides nothing itself. Control thread only; no sockets.
// Every answer is JSON, every refusal application/problem+json with the JSON pointer of the field
// and what was expected. The table and openapi.yaml name the same paths (a test compares them).
//   api_table.cc       method and path -> function
//   api.cc             access, bodies, waiting
//   api_services.cc    services, weights, endpoints, clusters
//   api_migrations.cc  migrations and their verbs
//   api_process.cc     health, metrics, events, reload, documents

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "config/parse.h"
#include "discovery/catalog.h"
#include "proxy/control/api_message.h"
#include "proxy/control/controller.h"
#include "proxy/control/event_log.h"
#include "proxy/control/repeated_answers.h"
#include "proxy/migration/step.h"

namespace crossfade {

// Why a reload left the old Config in place: errors of the file, or one conflict with what is going
// on.
struct ReloadRefused {
  ConfigErrors errors;
  Error conflict;  // when there are no errors
};
using ReloadResult = boost::system::result<void, ReloadRefused>;

class Api {
 public:
  // All must outlive the Api.
  struct Doors {
    Controller& controller;
    Catalog& catalog;
    EventLog& events;
    const Clock& clock;
    std::function<std::string()> token;  // in force now; a reload may change it
    std::function<ReloadResult()> reload;
    std::function<std::string()> metrics;  // the text of /metrics
    std::function<bool()> is_ready;
  };

  explicit Api(Doors doors);
  ~Api();

  void answer(ApiRequest request, Reply reply);

  // Ends waits that are over: call it on every tick.
  void tick();

  // One line of the table, for those who compare it with the document.
  struct Endpoint {
    std::string_view method;
    std::string_view path;  // "/v1/services/{service}"
    bool is_open = false;   // needs no token
  };
  static std::vector<Endpoint> endpoints();

 private:
  // A request on its way through one function of the table.
  struct Call {
    ApiRequest request;
    std::vector<std::string> names;  // what stood for the {..} of the path
    boost::json::value body;         // null: none was sent
    Because because;
    Reply reply;
  };
  using Function = void (Api::*)(Call);
  struct Line {
    std::string_view method;
    std::string_view path;
    Function function;
    bool is_open = false;
  };
  // A command whose caller waits: for the journal, and then, if he asked for it, for all workers.
  struct Wait {
    Instant deadline;
    Reply reply;
    bool until_adopted = false;
    std::optional<Change> change = {};  // once decided
  };

  static std::span<const Line> table();
  void run(const Line& line, Call call);
  bool read_body(Call& call);
  Reply keep_for_repetition(const Call& call);

  // Answers a command: 202 with the versions, or 200 once adopted when ?wait=adopted asks for it.
  // 504 when the journal does not answer in time: the change may be made when it does.
  Controller::Done finish_with(Call call);
  void decided(std::uint64_t wait, const Result<Change>& change);
  ApiResponse answer_of(const Change& change, unsigned status) const;

  // ---- api_services.cc ----
  void list_services(Call call);
  void show_service(Call call);
  void list_endpoints(Call call);
  void show_weights(Call call);
  void set_weights(Call call);
  void list_clusters(Call call);
  void show_cluster(Call call);
  void accept_endpoints(Call call);
  std::optional<ServiceView> find_service(const Call& call);
  boost::json::object cluster_json(const ServiceName& service, const ClusterView& cluster) const;
  boost::json::object service_json(const ServiceView& service) const;

  // ---- api_migrations.cc ----
  void list_migrations(Call call);
  void post_migration(Call call);
  void show_migration(Call call);
  void put_migration(Call call);
  void delete_migration(Call call);
  void pause_migration(Call call);
  void resume_migration(Call call);
  void promote_migration(Call call);
  void abort_migration(Call call);
  void roll_back_migration(Call call);
  void command(Call call, Verb verb);
  std::optional<MigrationSpec> read_migration(const Call& call, std::optional<MigrationName> name);
  const Migration* find_migration(const Call& call);

  // ---- api_process.cc ----
  void show_health(Call call);
  void show_readiness(Call call);
  void show_metrics(Call call);
  void show_document(Call call);
  void show_page(Call call);
  void follow_all(Call call);
  void follow_migration(Call call);
  void follow(Call call, MigrationName migration);
  void reload_config(Call call);

  Doors doors_;
  RepeatedAnswers repeated_;
  std::map<std::uint64_t, Wait> waits_;  // by number; bounded by the server's connections
  std::uint64_t next_wait_ = 0;
};

// {"migrations":[...]} and the like as an answer.
ApiResponse json_answer(const boost::json::value& body, unsigned status = 200);

}  // namespace crossfade
