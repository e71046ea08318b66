#include "discovery/sources/dns.h"

#include <boost/asio/steady_timer.hpp>

#include "discovery/client/dns_client.h"
#include "discovery/sources/dns_round.h"

namespace crossfade {
namespace {

class Dns final : public Source {
 public:
  Dns(boost::asio::io_context& io, DnsSource config, std::uint64_t seed,
      std::unique_ptr<DnsClient> client)
      : config_{std::move(config)}, random_{seed}, client_{std::move(client)}, timer_{io} {}

  void start(Report report) override {
    report_ = std::move(report);
    begin_round();
  }

  std::string describe() const override {
    if (config_.record == DnsSource::Record::kSrv) return "dns " + config_.name + " SRV";
    return "dns " + config_.name + ":" + std::to_string(config_.port) + " A AAAA";
  }

 private:
  void begin_round() {
    if (config_.record == DnsSource::Record::kAddress)
      return resolve({{config_.name, config_.port, 100}}, {});
    client_->ask(config_.name, DnsType::kSrv,
                 [this](Result<DnsAnswer> answer) { on_services(std::move(answer)); });
  }

  void on_services(Result<DnsAnswer> answer) {
    if (!answer) {
      return end_round({SourceReport::Kind::kUnreachable, {}, answer.error().message}, {}, true);
    }
    if (answer->kind == DnsAnswer::Kind::kNoName) {
      return end_round({SourceReport::Kind::kGone, {}, config_.name + " does not exist (NXDOMAIN)"},
                       answer->ttl, false);
    }
    resolve(targets_of(*answer), answer->ttl);
  }

  void resolve(std::vector<DnsTarget> targets, std::optional<Duration> services_ttl) {
    services_ttl_ = services_ttl;
    round_.begin(std::move(targets));
    const auto questions = round_.questions();
    if (questions.empty())
      return end_round({SourceReport::Kind::kSet, {}, {}}, services_ttl, false);
    for (const auto& question : questions) {
      client_->ask(question.first, question.second, [this, question](Result<DnsAnswer> answer) {
        round_.answered(question, std::move(answer));
        if (round_.is_complete()) finish_round();
      });
    }
  }

  void finish_round() {
    DnsRound::Outcome outcome = round_.finish();
    if (services_ttl_) outcome.ttl = std::min(outcome.ttl.value_or(*services_ttl_), *services_ttl_);
    end_round(std::move(outcome.report), outcome.ttl, outcome.failed);
  }

  void end_round(SourceReport report, std::optional<Duration> ttl, bool failed) {
    failures_ = failed ? failures_ + 1 : 0;
    timer_.expires_after(next_round(config_, ttl, failures_, random_.unit()));
    // The handler may be queued already when the source goes: then the token has expired with it.
    timer_.async_wait(
        [this, alive = std::weak_ptr<const bool>(alive_)](boost::system::error_code cancelled) {
          if (!cancelled && !alive.expired()) begin_round();
        });
    report_(std::move(report));
  }

  DnsSource config_;
  Random random_;
  std::unique_ptr<DnsClient>
      client_;  // its destructor drops the questions under way: `this` may be captured
  boost::asio::steady_timer timer_;
  Report report_;
  DnsRound round_;
  std::optional<Duration> services_ttl_;
  std::uint32_t failures_ = 0;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace

Result<std::unique_ptr<Source>> make_dns_source(boost::asio::io_context& io,
                                                const DnsSource& config, std::uint64_t seed) {
  auto client = DnsClient::make(io, config.servers);
  if (!client) return client.error();
  return std::unique_ptr<Source>(std::make_unique<Dns>(io, config, seed, std::move(*client)));
}

}  // namespace crossfade
