#pragma once

#include <initializer_list>
#include <string>

#include "discovery/endpoint.h"

namespace crossfade::test {

// 10.0.0.<last>:80 for each.
inline EndpointSet set_of(std::initializer_list<std::uint32_t> lasts) {
  EndpointSet endpoints;
  for (const std::uint32_t last : lasts) {
    endpoints.push_back({.address = Address::from_v4(0x0a000000 + last, 80)});
  }
  return endpoints;
}

// 10.0.0.1:80 to 10.0.0.<count>:80
inline EndpointSet first(std::uint32_t count) {
  EndpointSet endpoints;
  for (std::uint32_t last = 1; last <= count; ++last) {
    endpoints.push_back({.address = Address::from_v4(0x0a000000 + last, 80)});
  }
  return endpoints;
}

inline SourceReport says(EndpointSet endpoints) {
  return {SourceReport::Kind::kSet, std::move(endpoints), ""};
}
inline SourceReport gone() {
  return {SourceReport::Kind::kGone, {}, "no such name"};
}
inline SourceReport unreachable() {
  return {SourceReport::Kind::kUnreachable, {}, "timed out"};
}

}  // namespace crossfade::test
