// Commands that overtake each other while the journal is slow: what it has last must be what is in
// force, and every command is answered once.

#include <deque>
#include <map>

#include <catch2/catch.hpp>

#include "proxy/control/controller.h"

namespace crossfade {

namespace {

class MovableClock final : public Clock {
 public:
  Instant now() const override { return at; }
  WallTime wall() const override { return WallTime{}; }
  Instant at = Instant{} + 1h;
};

// Answers when told to, in order; remembers what a restart would find.
class HeldJournal final : public Journal {
 public:
  void append(std::vector<JournalRecord> records, Completion completion) override {
    waiting.push_back({std::move(records), std::move(completion)});
  }
  Result<std::vector<JournalRecord>> load() override {
    std::vector<JournalRecord> records;
    for (const auto& [key, record] : newest) records.push_back(record);
    return records;
  }
  void answer(const Result<void>& outcome = {}) {
    REQUIRE_FALSE(waiting.empty());
    const auto [records, completion] = std::move(waiting.front());
    waiting.pop_front();
    if (outcome) {
      for (const JournalRecord& record : records) newest.insert_or_assign(key_of(record), record);
    }
    completion(outcome);
  }
  void answer_all() {
    while (!waiting.empty()) answer();
  }

  std::deque<std::pair<std::vector<JournalRecord>, Completion>> waiting;
  std::map<std::string, JournalRecord> newest;
};

const ServiceName kShop = ServiceName::of("shop");
const ClusterName kOld = ClusterName::of("old");
const ClusterName kNew = ClusterName::of("new");
const MigrationName kMove = MigrationName::of("move");

std::shared_ptr<const Config> config_with(
    std::vector<std::pair<std::string, std::uint32_t>> clusters) {
  auto service = std::make_shared<ServiceConfig>();
  service->name = kShop;
  for (const auto& [name, weight] : clusters) {
    ClusterConfig& cluster = service->clusters.emplace_back();
    cluster.name = ClusterName::of(name);
    cluster.weight = weight;
  }
  auto config = std::make_shared<Config>();
  config->workers = 1;
  config->services.push_back(std::move(service));
  return config;
}

const Error kDiskFull{ErrorCode::kIo, Side::kSelf, Retry::kYes, "disk full"};

struct Core {
  MovableClock clock;
  HeldJournal journal;
  Controller controller{{journal, clock, [](const auto&) {}}};

  // What the command of this call came to: "waits", "" or why not.
  using Outcome = std::shared_ptr<std::string>;
  static std::pair<Outcome, Controller::Done> outcome() {
    auto outcome = std::make_shared<std::string>("waits");
    return {outcome, [outcome](const Result<Change>& change) {
              REQUIRE(*outcome == "waits");  // answered once
              *outcome = change ? "" : change.error().message;
            }};
  }
  Outcome set_weights(std::uint32_t for_old, std::uint32_t for_new) {
    auto [outcome, done] = Core::outcome();
    controller.set_weights(kShop, {{kOld, for_old}, {kNew, for_new}}, {}, {"tester", "x"}, done);
    return outcome;
  }
  Outcome command(Verb verb) {
    auto [outcome, done] = Core::outcome();
    controller.command(kMove, {verb, {"tester", "x"}}, done);
    return outcome;
  }
  Outcome delete_migration() {
    auto [outcome, done] = Core::outcome();
    controller.delete_migration(kMove, {"tester", "x"}, done);
    return outcome;
  }
  void create_migration() {
    auto [outcome, done] = Core::outcome();
    controller.create_migration({kMove, kShop, {{kNew, 1}}, Ramp::linear(1h)}, {"tester", "x"},
                                done);
    journal.answer_all();
    REQUIRE(*outcome == "");
  }
  void tick(Duration later) {
    clock.at += later;
    controller.tick();
  }
  std::uint32_t published() const { return controller.service(kShop)->clusters[1].desired.ppm(); }
  std::uint32_t journaled() const {
    const auto& record = std::get<SplitRecord>(journal.newest.at("split shop"));
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < record.intervals.size(); ++i) {
      const bool is_last = i + 1 == record.intervals.size();
      const std::uint32_t end = is_last ? Share::kWhole : record.intervals[i + 1].begin;
      if (record.intervals[i].owner == kNew) sum += end - record.intervals[i].begin;
    }
    return sum;
  }
};

}  // namespace

TEST_CASE("a raise behind two cuts is the last word of the journal too") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights(80, 20);
  core.journal.answer_all();
  core.set_weights(90, 10);  // on its way to the journal
  core.set_weights(95, 5);   // waits behind that

  const auto raise = core.set_weights(85, 15);
  core.journal.answer_all();

  CHECK(*raise == "");
  CHECK(core.published() == 150'000);
  CHECK(core.journaled() == 150'000);
}

TEST_CASE("cuts reach the journal when the raise behind them is refused") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights(80, 20);
  core.journal.answer_all();
  core.set_weights(90, 10);
  core.set_weights(95, 5);
  const auto raise = core.set_weights(85, 15);

  core.journal.answer();
  core.journal.answer(kDiskFull);
  core.journal.answer_all();

  CHECK(*raise == "disk full");
  CHECK(core.published() == 50'000);
  CHECK(core.journaled() == 50'000);
}

TEST_CASE("a cut that the journal refused does not come behind what a migration appended") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights(80, 20);
  core.journal.answer_all();
  core.set_weights(90, 10);
  core.journal.answer(kDiskFull);
  core.create_migration();
  core.command(Verb::kPromoteStep);
  core.tick(2s);  // the cut is due again
  core.journal.answer_all();

  CHECK(core.published() > 100'000);
  CHECK(core.journaled() == core.published());
}

TEST_CASE("a cut is appended until it sticks though a migration behind it was refused") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  core.set_weights(80, 20);
  core.journal.answer_all();
  core.set_weights(90, 10);
  auto [outcome, done] = Core::outcome();
  core.controller.create_migration({kMove, kShop, {{kNew, 1}}, Ramp::linear(1h)}, {"tester", "x"},
                                   done);
  core.journal.answer(kDiskFull);
  core.journal.answer(kDiskFull);
  CHECK(*outcome == "disk full");

  core.journal.answer_all();
  core.tick(2s);
  core.journal.answer_all();

  CHECK(core.journaled() == 100'000);
}

TEST_CASE("a rollback is not undone by a raise that waited for the journal") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 90}, {"new", 10}})).has_value());
  core.create_migration();
  core.command(Verb::kAbort);
  core.journal.answer_all();
  const auto raise = core.set_weights(80, 20);
  REQUIRE(*raise == "waits");

  core.command(Verb::kRollBack);
  core.journal.answer_all();

  CHECK(core.published() == 0);
  CHECK(core.journaled() == 0);
  CHECK(*raise == "migration move was rolled back meanwhile");
}

TEST_CASE("an ended migration's record that is appended again leaves a raise by hand alone") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 90}, {"new", 10}})).has_value());
  core.create_migration();
  core.command(Verb::kAbort);
  core.journal.answer(kDiskFull);
  core.set_weights(80, 20);
  core.tick(1ms);
  core.tick(2s);  // the record of the end is due again
  core.journal.answer_all();

  CHECK(core.published() == 200'000);
  CHECK(core.journaled() == 200'000);
}

TEST_CASE("a migration that is rolled back while it is being deleted stays") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 90}, {"new", 10}})).has_value());
  core.create_migration();
  core.command(Verb::kAbort);
  core.journal.answer_all();
  const auto deleted = core.delete_migration();
  const auto deleted_again = core.delete_migration();

  core.command(Verb::kRollBack);
  core.journal.answer_all();
  core.controller.on_adopted(core.controller.versions().published);
  core.journal.answer_all();

  CHECK(*deleted == "migration move was rolled back meanwhile; delete it when that is done");
  CHECK(*deleted_again == *deleted);
  REQUIRE(core.controller.migration(kMove) != nullptr);
  CHECK(core.controller.migration(kMove)->stage == Stage::kRolledBack);
}

TEST_CASE("two deletions of one migration are both answered") {
  Core core;
  REQUIRE(core.controller.configure(config_with({{"old", 90}, {"new", 10}})).has_value());
  core.create_migration();
  core.command(Verb::kAbort);
  core.journal.answer_all();
  const auto first = core.delete_migration();
  const auto second = core.delete_migration();
  core.journal.answer_all();
  CHECK(*first == "");
  CHECK(*second == "there is no migration move");
}

TEST_CASE("a start without a cluster of a migration under way is refused with what to do") {
  Core before;
  REQUIRE(before.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
  before.create_migration();

  Core core;
  core.controller.recover(before.journal.load().value());
  const auto refused = core.controller.configure(config_with({{"old", 1}}));

  REQUIRE(refused.has_error());
  CHECK(refused.error().message ==
        "services.shop.clusters.new is needed by migration move; keep it until that has ended");
  CHECK(core.controller.configure(config_with({{"old", 1}, {"new", 0}})).has_value());
}

}  // namespace crossfade
