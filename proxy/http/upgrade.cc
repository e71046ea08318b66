#include "proxy/http/upgrade.h"

#include "proxy/http/header_id.h"

namespace crossfade::http {

Fault check_upgrade(const RequestHead& request, const ResponseHead& response) {
  if (response.status != 101) return Fault::kNone;
  const bool is_asked =
      wants_upgrade(request) && equal_ignoring_case(request.upgrade, response.upgrade);
  return is_asked ? Fault::kNone : Fault::kUnaskedUpgrade;
}

}  // namespace crossfade::http
