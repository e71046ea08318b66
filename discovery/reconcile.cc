#include "discovery/reconcile.h"

#include <algorithm>
#include <tuple>

namespace crossfade {
namespace {

std::size_t count_ready(const EndpointSet& endpoints) {
  return static_cast<std::size_t>(
      std::count_if(endpoints.begin(), endpoints.end(), [](const Endpoint& e) { return e.ready; }));
}

// Sorted by address, each once. Of two with the same address one counts, whatever the order they
// were said in.
EndpointSet in_order(EndpointSet endpoints) {
  std::sort(endpoints.begin(), endpoints.end(), [](const Endpoint& a, const Endpoint& b) {
    return std::tie(a.address, b.ready, b.weight, a.labels) <
           std::tie(b.address, a.ready, a.weight, b.labels);
  });
  const auto same = [](const Endpoint& a, const Endpoint& b) { return a.address == b.address; };
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end(), same), endpoints.end());
  return endpoints;
}

// The most that was ready within the last hold.
std::size_t peak_of(const Reconciled& kept, const LossGuard& guard, Instant now) {
  const auto is_recent = [&](const ServedBefore& served) {
    return now - served.until < guard.hold;
  };
  const auto peak = std::find_if(kept.before.begin(), kept.before.end(), is_recent);
  const std::size_t ready = count_ready(kept.accepted);
  return peak == kept.before.end() ? ready : std::max(ready, peak->ready);
}

Reconciled accepted(Reconciled kept, EndpointSet endpoints) {
  kept.accepted = std::move(endpoints);
  kept.was_accepted = true;
  kept.refused.reset();
  return kept;
}

// Keeps `before` as small as it can be: only what is larger than everything after it can be the
// peak.
void remember(Reconciled& kept, const LossGuard& guard, Instant now) {
  const std::size_t ready = count_ready(kept.accepted);
  std::erase_if(kept.before, [&](const ServedBefore& served) {
    return served.ready <= ready || now - served.until >= guard.hold;
  });
  kept.before.push_back({ready, now});
}

std::string loss_text(const SourceReport& report, std::size_t lost, std::size_t peak) {
  const std::string why =
      report.kind == SourceReport::Kind::kGone ? "gone: " + report.reason + "; " : "";
  return why + "would lose " + std::to_string(lost) + " of " + std::to_string(peak) +
         " ready endpoints";
}

}  // namespace

Reconciled reconcile(Reconciled kept, SourceReport report, const LossGuard& guard, Instant now) {
  if (report.kind == SourceReport::Kind::kUnreachable || is_too_large(report)) {
    kept.refused.reset();
    return kept;
  }
  EndpointSet said = in_order(std::move(report.endpoints));
  const std::size_t ready = count_ready(said);
  const std::size_t peak = peak_of(kept, guard, now);
  const std::size_t lost = peak - std::min(peak, ready);
  const bool loses_nothing =
      !kept.was_accepted || said == kept.accepted || ready > count_ready(kept.accepted);
  constexpr double kRounding = 1e-9;
  if (loses_nothing ||
      static_cast<double>(lost) <= guard.loss_max * static_cast<double>(peak) + kRounding) {
    remember(kept, guard, now);
    return accepted(std::move(kept), std::move(said));
  }
  const bool is_confirmed = kept.refused && kept.refused->endpoints == said;
  const Instant since = is_confirmed ? kept.refused->since : now;
  kept.refused = RefusedSet{std::move(said), since, loss_text(report, lost, peak)};
  return settle(std::move(kept), guard, now);
}

Reconciled settle(Reconciled kept, const LossGuard& guard, Instant now) {
  if (!kept.refused || now - kept.refused->since < guard.hold) return kept;
  return accept_refused(std::move(kept));
}

Reconciled accept_refused(Reconciled kept) {
  if (!kept.refused) return kept;
  kept.before.clear();  // the loss is real now: later ones are measured against what is left
  EndpointSet endpoints = std::move(kept.refused->endpoints);
  return accepted(std::move(kept), std::move(endpoints));
}

bool is_too_large(const SourceReport& report) {
  return report.endpoints.size() > limits::kEndpointsPerSetMax;
}

}  // namespace crossfade
