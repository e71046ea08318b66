#include "discovery/sources/dns_round.h"

#include <algorithm>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {
namespace {

constexpr std::array kFamilies = {DnsType::kA, DnsType::kAaaa};

bool is_offered(const DnsService& service) {
  return !service.target.empty() && service.port != 0;
}

std::uint32_t scaled(std::uint16_t weight, std::uint16_t heaviest) {
  if (heaviest == 0) return 100;  // nobody was weighted: all alike
  const std::uint64_t in_range =
      heaviest <= limits::kEndpointWeightMax
          ? weight
          : std::uint64_t{weight} * limits::kEndpointWeightMax / heaviest;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(in_range));
}

// Sorted by address; of an address named twice the heaviest stays.
EndpointSet normalised(EndpointSet set) {
  const auto by_address = [](const Endpoint& a, const Endpoint& b) {
    return a.address != b.address ? a.address < b.address : a.weight > b.weight;
  };
  const auto same_address = [](const Endpoint& a, const Endpoint& b) {
    return a.address == b.address;
  };
  std::sort(set.begin(), set.end(), by_address);
  set.erase(std::unique(set.begin(), set.end(), same_address), set.end());
  return set;
}

}  // namespace

std::vector<DnsTarget> targets_of(const DnsAnswer& answer) {
  std::uint16_t preferred = UINT16_MAX;
  for (const DnsService& service : answer.services) {
    if (is_offered(service)) preferred = std::min(preferred, service.priority);
  }

  std::uint16_t heaviest = 0;
  std::vector<DnsService> chosen;
  for (const DnsService& service : answer.services) {
    if (service.priority != preferred || !is_offered(service)) continue;
    if (chosen.size() == limits::kDnsTargetsMax) break;
    heaviest = std::max(heaviest, service.weight);
    chosen.push_back(service);
  }

  std::vector<DnsTarget> targets;
  for (const DnsService& service : chosen) {
    targets.push_back({service.target, service.port, scaled(service.weight, heaviest)});
  }
  return targets;
}

void DnsRound::begin(std::vector<DnsTarget> targets) {
  targets_ = std::move(targets);
  answers_.clear();
  asked_ = questions().size();
  std::erase_if(kept_, [&](const auto& kept) {
    return std::none_of(targets_.begin(), targets_.end(),
                        [&](const DnsTarget& target) { return target.host == kept.first.first; });
  });
}

std::vector<DnsRound::Question> DnsRound::questions() const {
  std::vector<Question> questions;
  for (const DnsTarget& target : targets_) {
    for (const DnsType family : kFamilies) questions.emplace_back(target.host, family);
  }
  std::sort(questions.begin(), questions.end());
  questions.erase(std::unique(questions.begin(), questions.end()), questions.end());
  return questions;
}

void DnsRound::answered(const Question& question, Result<DnsAnswer> answer) {
  if (answer) kept_.insert_or_assign(question, *answer);
  answers_.insert_or_assign(question, std::move(answer));
}

DnsRound::Outcome DnsRound::finish() {
  VERIFY(is_complete());
  Outcome outcome;
  std::size_t unanswered = 0;
  std::size_t names_gone = 0;
  std::string why;
  for (const auto& [question, answer] : answers_) {
    if (!answer) {
      ++unanswered;
      why = question.first + ": " + answer.error().message;
      continue;
    }
    if (answer->kind == DnsAnswer::Kind::kNoName) ++names_gone;
    if (answer->ttl) outcome.ttl = std::min(outcome.ttl.value_or(Duration::max()), *answer->ttl);
  }
  outcome.failed = unanswered > 0;
  if (unanswered == asked_ && asked_ > 0) {
    outcome.report = {SourceReport::Kind::kUnreachable, {}, why};
    return outcome;
  }
  if (names_gone == asked_ && asked_ > 0) {
    outcome.report = {
        SourceReport::Kind::kGone, {}, targets_.front().host + " does not exist (NXDOMAIN)"};
    return outcome;
  }

  EndpointSet set;
  for (const DnsTarget& target : targets_) {
    for (const DnsType family : kFamilies) {
      const auto kept = kept_.find({target.host, family});
      if (kept == kept_.end()) continue;
      for (const Address& address : kept->second.addresses) {
        set.push_back({.address = address.with_port(target.port), .weight = target.weight});
      }
    }
  }
  if (set.empty() && unanswered > 0) {  // "none" is only said by those who answered
    outcome.report = {SourceReport::Kind::kUnreachable, {}, why};
    return outcome;
  }
  outcome.report = {SourceReport::Kind::kSet, normalised(std::move(set)), {}};
  return outcome;
}

Duration next_round(const DnsSource& config, std::optional<Duration> ttl, std::uint32_t failures,
                    double jitter) {
  Duration wait =
      std::clamp(ttl.value_or(config.refresh_min), config.refresh_min, config.refresh_max);
  if (failures > 0) {
    const Duration backoff = config.refresh_min * (1 << std::min<std::uint32_t>(failures - 1, 10));
    wait = std::min({backoff, config.refresh_max, limits::kDnsBackoffMax});
  }
  // A tenth either way, so that a thousand names of one TTL are not asked for at one moment.
  return std::chrono::duration_cast<Duration>(wait * (0.9 + 0.2 * jitter));
}

}  // namespace crossfade
