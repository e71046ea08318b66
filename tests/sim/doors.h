#pragma once

// The doors of the control core as the simulator has them: time that it moves, a disk that survives
// kills, sources that say what it tells them to. Every fault comes from a seed.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/instant.h"
#include "config/base/random.h"
#include "discovery/source.h"
#include "proxy/control/journal.h"

namespace crossfade {

class VirtualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    now_ += by;
    wall_ += std::chrono::floor<std::chrono::milliseconds>(by);
  }
  void step_wall(std::chrono::milliseconds by) { wall_ += by; }  // somebody set the clock

 private:
  Instant now_ = Instant{} + 1h;
  WallTime wall_ = WallTime{std::chrono::hours{24 * 365 * 50}};
};

enum class Door { kAppendJournal, kPublish };

// Thrown out of a door: the process is gone.
struct Killed {};

// Kills at the next use of a door.
class KillSwitch {
 public:
  void arm(Door door) { armed_ = door; }
  void disarm() { armed_.reset(); }
  void pass(Door door) {
    if (armed_ != door) return;
    armed_.reset();
    throw Killed{};
  }

 private:
  std::optional<Door> armed_;
};

// What survives a kill: lines of text, as a real journal keeps them.
class Disk {
 public:
  void write(const JournalRecord& record);
  std::vector<JournalRecord> newest() const;  // of each key, oldest first

 private:
  std::vector<std::pair<std::string, std::string>> lines_;  // newest of each key
};

class FakeJournal final : public Journal {
 public:
  enum class Mode { kFast, kSlow, kFailing, kHanging };

  FakeJournal(Disk& disk, const VirtualClock& clock, KillSwitch& kill, std::uint64_t seed)
      : disk_{disk}, clock_{clock}, kill_{kill}, random_{seed} {}

  void append(std::vector<JournalRecord> records, Completion completion) override;
  Result<std::vector<JournalRecord>> load() override { return disk_.newest(); }

  void set_mode(Mode mode) { mode_ = mode; }
  // Completes what is due.
  void pump();
  // The process died: some of what waited reached the disk, in order, the rest is lost.
  void crash();

 private:
  struct Waiting {
    std::vector<JournalRecord> records;
    Completion completion;
    Instant due;
  };
  void write(const Waiting& waiting);

  Disk& disk_;
  const VirtualClock& clock_;
  KillSwitch& kill_;
  Random random_;
  Mode mode_ = Mode::kFast;
  std::deque<Waiting> waiting_;
};

// What one source says, kept outside of the process that asks it.
struct SourceModel {
  SourceReport said;
  Source::Report listener;  // set while somebody watches
  Instant empty_since = Instant::max();

  void say(SourceReport report, Instant now);
};

class FakeSource final : public Source {
 public:
  explicit FakeSource(SourceModel& model) : model_{model} {}
  ~FakeSource() override { model_.listener = nullptr; }
  void start(Report report) override {
    model_.listener = std::move(report);
    model_.listener(model_.said);
  }
  std::string describe() const override { return "simulated"; }

 private:
  SourceModel& model_;
};

}  // namespace crossfade
