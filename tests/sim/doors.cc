#include "tests/sim/doors.h"

namespace crossfade {

void Disk::write(const JournalRecord& record) {
  const std::string key = key_of(record);
  std::erase_if(lines_, [&](const auto& line) { return line.first == key; });
  lines_.emplace_back(key, to_text(record));
}

std::vector<JournalRecord> Disk::newest() const {
  std::vector<JournalRecord> records;
  for (const auto& [key, text] : lines_) records.push_back(parse_record(text).value());
  return records;
}

void FakeJournal::append(std::vector<JournalRecord> records, Completion completion) {
  const Duration delay = mode_ == Mode::kSlow ? Duration{random_.below(5000) * 1ms}
                                              : Duration{random_.below(50) * 1ms};
  const Instant earliest = waiting_.empty() ? Instant{} : waiting_.back().due;
  waiting_.push_back(
      {std::move(records), std::move(completion), std::max(earliest, clock_.now() + delay)});
  kill_.pass(Door::kAppendJournal);
}

void FakeJournal::pump() {
  while (mode_ != Mode::kHanging && !waiting_.empty() && waiting_.front().due <= clock_.now()) {
    const Waiting waiting = std::move(waiting_.front());
    waiting_.pop_front();
    const bool fails = mode_ == Mode::kFailing;
    // An error does not say that nothing reached the disk.
    if (!fails || random_.below(2) == 0) write(waiting);
    if (fails) {
      waiting.completion(Error{ErrorCode::kIo, Side::kSelf, Retry::kYes, "the disk is full"});
    } else {
      waiting.completion({});
    }
  }
}

void FakeJournal::crash() {
  if (waiting_.empty()) return;
  waiting_.resize(random_.below(static_cast<std::uint32_t>(waiting_.size()) + 1));
  for (const Waiting& waiting : waiting_) write(waiting);
  waiting_.clear();
}

void FakeJournal::write(const Waiting& waiting) {
  for (const JournalRecord& record : waiting.records) disk_.write(record);
}

void SourceModel::say(SourceReport report, Instant now) {
  const bool is_empty = report.kind == SourceReport::Kind::kGone ||
                        (report.kind == SourceReport::Kind::kSet && report.endpoints.empty());
  if (!is_empty) empty_since = Instant::max();
  if (is_empty && empty_since == Instant::max()) empty_since = now;
  said = std::move(report);
  if (listener) listener(said);
}

}  // namespace crossfade
