#include <array>

#include "proxy/control/api.h"

namespace crossfade {

// Every path of the API. openapi.yaml says what each takes and gives.
std::span<const Api::Line> Api::table() {
  static constexpr std::array kTable = {
      Line{"GET", "/", &Api::show_page, true},
      Line{"GET", "/healthz", &Api::show_health, true},
      Line{"GET", "/readyz", &Api::show_readiness, true},
      Line{"GET", "/openapi.yaml", &Api::show_document, true},
      Line{"GET", "/metrics", &Api::show_metrics},
      Line{"GET", "/v1/services", &Api::list_services},
      Line{"GET", "/v1/services/{service}", &Api::show_service},
      Line{"GET", "/v1/services/{service}/endpoints", &Api::list_endpoints},
      Line{"GET", "/v1/services/{service}/weights", &Api::show_weights},
      Line{"PUT", "/v1/services/{service}/weights", &Api::set_weights},
      Line{"GET", "/v1/clusters", &Api::list_clusters},
      Line{"GET", "/v1/clusters/{cluster}", &Api::show_cluster},
      Line{"POST", "/v1/clusters/{cluster}/accept", &Api::accept_endpoints},
      Line{"GET", "/v1/migrations", &Api::list_migrations},
      Line{"POST", "/v1/migrations", &Api::post_migration},
      Line{"GET", "/v1/migrations/{migration}", &Api::show_migration},
      Line{"PUT", "/v1/migrations/{migration}", &Api::put_migration},
      Line{"DELETE", "/v1/migrations/{migration}", &Api::delete_migration},
      Line{"POST", "/v1/migrations/{migration}/pause", &Api::pause_migration},
      Line{"POST", "/v1/migrations/{migration}/resume", &Api::resume_migration},
      Line{"POST", "/v1/migrations/{migration}/promote", &Api::promote_migration},
      Line{"POST", "/v1/migrations/{migration}/abort", &Api::abort_migration},
      Line{"POST", "/v1/migrations/{migration}/rollback", &Api::roll_back_migration},
      Line{"GET", "/v1/migrations/{migration}/events", &Api::follow_migration},
      Line{"GET", "/v1/events", &Api::follow_all},
      Line{"POST", "/v1/config/reload", &Api::reload_config},
  };
  return kTable;
}

}  // namespace crossfade
