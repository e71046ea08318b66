#pragma once

// What one round of DNS answers means for an endpoint set. Pure.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "discovery/client/dns_answer.h"
#include "discovery/source.h"

namespace crossfade {

// A host to resolve, and the endpoints that its addresses become.
struct DnsTarget {
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t weight = 100;
};

// The targets an SRV answer names: those of the most preferred priority, weights scaled into an
// endpoint's range. Weight 0 is the smallest chance, not none (RFC 2782). Without those of port 0.
// At most limits::kDnsTargetsMax.
std::vector<DnsTarget> targets_of(const DnsAnswer& services);

// Address answers by host and family. A and AAAA are independent: one failing never drops what the
// other said.
class DnsRound {
 public:
  using Question = std::pair<std::string, DnsType>;

  // Begins a round over these targets; the last good answers of the rounds before are kept.
  void begin(std::vector<DnsTarget> targets);
  std::vector<Question> questions() const;  // two for each different host

  void answered(const Question& question, Result<DnsAnswer> answer);
  bool is_complete() const { return answers_.size() == asked_; }

  struct Outcome {
    SourceReport report;
    std::optional<Duration> ttl;  // the least of all answers; nullopt: nothing may be kept
    bool failed = false;          // some question had no answer: ask again sooner
  };
  // Where a question failed, its last good answer counts. Gone: every name is known not to exist.
  // Unreachable: no question was answered, or some were not and the rest name nobody. Requires:
  // is_complete().
  Outcome finish();

 private:
  std::vector<DnsTarget> targets_;
  std::size_t asked_ = 0;
  std::map<Question, Result<DnsAnswer>> answers_;  // of this round
  std::map<Question, DnsAnswer> kept_;             // last good ones
};

// When to ask again. ttl: of the round before. failures: rounds in a row that failed. jitter: [0,
// 1).
Duration next_round(const DnsSource& config, std::optional<Duration> ttl, std::uint32_t failures,
                    double jitter);

}  // namespace crossfade
