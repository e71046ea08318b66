#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "config/limits.h"
#include "proxy/migration/step.h"

namespace crossfade {
namespace {

Share percent(std::uint32_t n) {
  return Share::from_ppm(n * 10'000);
}
const ClusterName kOld = ClusterName::of("old");
const ClusterName kNew = ClusterName::of("new");
const Because kOperator{"ada", "because the test says so", "127.0.0.1"};

MigrationSpec spec() {
  return {.name = MigrationName::of("move"),
          .service = ServiceName::of("playlist"),
          .targets = {{kNew, 1}},
          .ramp = Ramp::in_steps({{percent(10), 60s}, {percent(50), 60s}, {percent(100), 60s}})};
}

Tick tick(Verdict::Kind kind, Duration elapsed = 1s) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.because = "the test says so";
  return {elapsed, verdict};
}

// A migration with a journal and workers that answer when told to.
class Driven {
 public:
  explicit Driven(MigrationSpec asked = spec(), std::uint32_t carried = 0)
      : migration{begin(std::move(asked),
                        {{kOld, percent(100 - carried)}, {kNew, percent(carried)}}, {}, kOperator,
                        {})
                      .migration} {
    confirm();
  }

  std::vector<Effect> take(const Event& event) {
    Step next = step(migration, event, WallTime{}).value();
    migration = std::move(next.migration);
    for (const Effect& effect : next.effects) {
      if (const Publish* publish = std::get_if<Publish>(&effect)) published.push_back(*publish);
    }
    return std::move(next.effects);
  }
  bool refuses(Verb verb) { return !step(migration, Command{verb, kOperator}, WallTime{}); }
  std::vector<Effect> command(Verb verb) { return take(Command{verb, kOperator}); }
  std::vector<Effect> proceed() { return take(tick(Verdict::Kind::kProceed)); }
  void confirm() {
    while (migration.journaled_revision < migration.revision) take(Journaled{migration.revision});
  }
  void adopt() { take(Adopted{migration.published_revision}); }

  // Ticks until the time is over; everything is confirmed and adopted at once.
  void run(Duration time) {
    for (Duration end = time; end > 0s; end -= 1s) {
      proceed();
      confirm();
      adopt();
    }
  }

  Migration migration;
  std::vector<Publish> published;
};

bool is_append(const Effect& effect) {
  return std::holds_alternative<AppendJournal>(effect);
}
bool is_publish(const Effect& effect) {
  return std::holds_alternative<Publish>(effect);
}

}  // namespace

TEST_CASE("a raise is appended first and published when the journal has it") {
  Driven driven;

  const auto asked = driven.proceed();
  REQUIRE(asked.size() == 1);
  REQUIRE(is_append(asked[0]));
  CHECK(std::get<AppendJournal>(asked[0]).record.share == percent(10));
  CHECK(driven.migration.share == Share{});

  const auto confirmed = driven.take(Journaled{driven.migration.revision});
  REQUIRE(confirmed.size() == 1);
  REQUIRE(is_publish(confirmed[0]));
  CHECK(driven.migration.share == percent(10));
}

TEST_CASE("a cut is published first and then appended") {
  Driven driven;
  driven.run(5s);

  const auto effects = driven.take(tick(Verdict::Kind::kRollBack));

  REQUIRE(effects.size() == 2);
  REQUIRE(is_publish(effects[0]));
  REQUIRE(is_append(effects[1]));
  CHECK(driven.published.back().shares ==
        std::vector<ClusterShare>{{kNew, Share{}}, {kOld, Share::whole()}});
  CHECK(driven.migration.stage == Stage::kRollingBack);
}

TEST_CASE("a rollback is over when every worker has adopted it and the journal has it") {
  Driven driven;
  driven.run(5s);
  driven.command(Verb::kRollBack);
  const std::uint64_t cut = driven.migration.revision;

  driven.adopt();
  CHECK(driven.migration.stage == Stage::kRollingBack);
  driven.take(JournalFailed{cut, "disk full"});
  CHECK(driven.take(tick(Verdict::Kind::kHold, 500ms)).empty());
  const auto again = driven.take(tick(Verdict::Kind::kHold, limits::kJournalRetry));
  REQUIRE(again.size() == 1);
  CHECK(std::get<AppendJournal>(again[0]).record.revision == cut);
  driven.take(Journaled{cut});
  CHECK(driven.migration.stage == Stage::kRolledBack);
  CHECK_FALSE(driven.migration.holds_service());
}

TEST_CASE("a step is taken after its bake time, and the end is success") {
  Driven driven;
  driven.run(2s);
  CHECK(driven.migration.share == percent(10));
  driven.run(61s);
  CHECK(driven.migration.share == percent(50));
  driven.run(61s);
  CHECK(driven.migration.share == percent(100));
  CHECK(driven.migration.stage == Stage::kShifting);
  driven.run(61s);
  CHECK(driven.migration.stage == Stage::kSucceeded);
}

TEST_CASE(
    "healthy time stands still while the gate holds, while paused and while the journal is lost") {
  Driven driven;
  driven.run(10s);
  const Duration before = driven.migration.healthy_time;

  for (int i = 0; i < 1000; ++i) driven.take(tick(Verdict::Kind::kHold));
  CHECK(driven.migration.healthy_time == before);

  driven.command(Verb::kPause);
  driven.confirm();
  for (int i = 0; i < 1000; ++i) driven.proceed();
  CHECK(driven.migration.healthy_time == before);

  driven.command(Verb::kResume);
  driven.take(JournalFailed{driven.migration.revision, "gone"});
  for (int i = 0; i < 1000; ++i) {
    driven.proceed();
    driven.take(JournalFailed{driven.migration.revision, "gone"});
  }
  CHECK(driven.migration.healthy_time == before);
}

TEST_CASE("a control loop that stood still for an hour makes no jump") {
  Driven driven;
  driven.run(10s);
  const Duration before = driven.migration.healthy_time;
  driven.take(tick(Verdict::Kind::kProceed, 1h));
  CHECK(driven.migration.healthy_time - before == limits::kHealthyTimePerTickMax);
}

TEST_CASE("a raise confirmed after the gate has changed its mind is not published") {
  Driven driven;
  driven.proceed();
  const std::uint64_t raise = driven.migration.revision;
  driven.take(tick(Verdict::Kind::kHold));

  const auto effects = driven.take(Journaled{raise});

  REQUIRE(effects.size() == 1);
  CHECK(std::get<AppendJournal>(effects[0]).record.share == Share{});
  CHECK(driven.published.empty());
}

TEST_CASE("a raise confirmed after a rollback is not published") {
  Driven driven;
  driven.proceed();
  const std::uint64_t raise = driven.migration.revision;
  driven.command(Verb::kRollBack);
  driven.take(Journaled{raise});
  REQUIRE(driven.published.size() == 1);
  CHECK(driven.migration.share == Share{});
}

TEST_CASE(
    "promote takes the next step at once, even while the gate holds or the migration is paused") {
  Driven driven;
  driven.take(tick(Verdict::Kind::kHold));
  driven.command(Verb::kPromoteStep);
  driven.confirm();
  CHECK(driven.migration.share == percent(10));

  driven.command(Verb::kPause);
  driven.confirm();
  driven.command(Verb::kPromoteStep);
  driven.confirm();
  CHECK(driven.migration.share == percent(50));
  CHECK(driven.migration.paused);
}

TEST_CASE("promote full goes to the whole and still bakes there") {
  Driven driven;
  driven.command(Verb::kPromoteFull);
  driven.confirm();
  CHECK(driven.migration.share == Share::whole());
  driven.run(55s);
  CHECK(driven.migration.stage == Stage::kShifting);
  CHECK(driven.command(Verb::kPromoteFull).empty());
  driven.run(10s);
  CHECK(driven.migration.stage == Stage::kSucceeded);
}

TEST_CASE("two promotions before the journal answers are two steps") {
  Driven driven;
  driven.command(Verb::kPromoteStep);
  driven.command(Verb::kPromoteStep);
  driven.take(Journaled{driven.migration.revision - 1});
  CHECK(driven.published.empty());
  driven.take(Journaled{driven.migration.revision});
  CHECK(driven.migration.share == percent(50));
}

TEST_CASE("a promotion that the journal refused leaves the bake time as it was") {
  Driven driven;
  driven.run(5s);
  driven.command(Verb::kPromoteStep);
  driven.take(JournalFailed{driven.migration.revision, "gone"});

  driven.run(30s);
  CHECK(driven.migration.share == percent(10));

  driven.run(40s);
  CHECK(driven.migration.share == percent(50));
}

TEST_CASE("a promotion that a pause overtook leaves the bake time as it was") {
  Driven driven;
  driven.run(5s);
  driven.command(Verb::kPromoteStep);
  driven.command(Verb::kPause);
  driven.confirm();
  driven.command(Verb::kResume);

  driven.run(30s);

  CHECK(driven.migration.share == percent(10));
}

TEST_CASE("abort ends a migration where it is, in every stage") {
  Driven driven;
  driven.run(5s);
  driven.command(Verb::kAbort);
  CHECK(driven.migration.stage == Stage::kAborted);
  CHECK(driven.migration.share == percent(10));
  CHECK(driven.command(Verb::kAbort).empty());

  Driven rolling;
  rolling.run(5s);
  rolling.command(Verb::kRollBack);
  rolling.command(Verb::kAbort);
  CHECK(rolling.migration.stage == Stage::kAborted);
}

TEST_CASE("rollback is legal in every stage, also after success and abort") {
  Driven succeeded;
  succeeded.run(300s);
  REQUIRE(succeeded.migration.stage == Stage::kSucceeded);
  CHECK(is_publish(succeeded.command(Verb::kRollBack).at(0)));
  CHECK(succeeded.migration.share == Share{});
  CHECK(succeeded.command(Verb::kRollBack).empty());

  Driven aborted;
  aborted.run(5s);
  aborted.command(Verb::kAbort);
  CHECK(aborted.command(Verb::kRollBack).size() == 2);
}

TEST_CASE("a migration that has ended refuses other verbs and says what to do") {
  Driven driven;
  driven.command(Verb::kRollBack);
  CHECK(driven.refuses(Verb::kPause));
  driven.confirm();
  driven.adopt();
  driven.confirm();
  for (const Verb verb : {Verb::kPause, Verb::kResume, Verb::kPromoteStep, Verb::kPromoteFull}) {
    const auto refused = step(driven.migration, Command{verb, kOperator}, WallTime{});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kConflict);
    CHECK(refused.error().message.find("create a new migration") != std::string::npos);
  }
}

TEST_CASE("pausing twice changes nothing the second time") {
  Driven driven;
  CHECK(driven.command(Verb::kPause).size() == 1);
  CHECK(driven.command(Verb::kPause).empty());
}

TEST_CASE("bake time reaches the journal now and then") {
  Driven driven;
  driven.run(2s);
  const std::uint64_t before = driven.migration.revision;
  driven.run(25s);
  CHECK(driven.migration.revision == before + 2);
}

TEST_CASE("passing a checkpoint asks for requests anew") {
  Driven driven;
  driven.migration.gate.targets.resize(1);
  driven.migration.gate.targets[0].since_checkpoint.attempts = 1000;
  driven.run(1s);
  CHECK(driven.migration.gate.targets[0].since_checkpoint.attempts == 0);
  CHECK(driven.migration.gate.requests_needed);
}

TEST_CASE("after a restart the lower share is in force and the first verdict is hold") {
  Driven driven;
  driven.run(70s);
  REQUIRE(driven.migration.share == percent(50));

  const Migration same = recovered(driven.migration, percent(50));
  CHECK(same.share == percent(50));
  CHECK(same.verdict.kind == Verdict::Kind::kHold);
  CHECK(same.gate.requests_needed);

  const Migration lower = recovered(driven.migration, percent(10));
  CHECK(lower.share == percent(10));
  CHECK(share_at(lower.spec.ramp, lower.healthy_time) == percent(10));
}

TEST_CASE(
    "a migration may begin where the targets carry something already, and nothing changes by "
    "that") {
  Driven driven(spec(), 20);
  CHECK(driven.migration.share == percent(20));
  CHECK(driven.published.empty());
  driven.run(58s);
  CHECK(driven.migration.share == percent(20));
  driven.run(4s);
  CHECK(driven.migration.share == percent(50));
}

TEST_CASE("a migration cannot begin with nothing to move or with targets out of proportion") {
  CHECK_FALSE(can_begin(spec(), {{kOld, Share{}}, {kNew, Share::whole()}}).has_value());
  MigrationSpec two = spec();
  two.targets.push_back({ClusterName::of("third"), 1});
  CHECK_FALSE(
      can_begin(two,
                {{kOld, percent(90)}, {kNew, percent(10)}, {ClusterName::of("third"), Share{}}})
          .has_value());
  CHECK(can_begin(two,
                  {{kOld, percent(90)}, {kNew, percent(5)}, {ClusterName::of("third"), percent(5)}})
            .has_value());
}

}  // namespace crossfade
