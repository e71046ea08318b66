#include "proxy/http/head.h"

#include <algorithm>

#include "config/base/verify.h"

namespace crossfade::http {

bool is_idempotent(Method method) {
  switch (method) {
    case Method::kGet:
    case Method::kHead:
    case Method::kPut:
    case Method::kDelete:
    case Method::kOptions:
    case Method::kTrace: return true;
    case Method::kOther:
    case Method::kPost:
    case Method::kPatch:
    case Method::kConnect: return false;
  }
  return false;
}

const Header* Headers::find(HeaderId id) const {
  VERIFY(id > HeaderId::kLookalike);
  if (!has(id)) return nullptr;
  return std::find_if(begin(), end(), [id](const Header& header) { return header.id == id; });
}

const Header* Headers::find(std::string_view name) const {
  const auto found = std::find_if(begin(), end(), [name](const Header& header) {
    return equal_ignoring_case(header.name, name);
  });
  return found != end() ? found : nullptr;
}

}  // namespace crossfade::http
