#include <catch2/catch.hpp>

#include "config/limits.h"
#include "proxy/stats/window.h"

using namespace crossfade;

namespace {

const ClusterName kOld = ClusterName::of("old");
const ClusterName kNew = ClusterName::of("new");

void attempt(Cohort& cohort, std::size_t worker, bool failed) {
  cohort.of(worker).attempts.add();
  if (failed) cohort.of(worker).failures.add();
}

}  // namespace

TEST_CASE("a look gives what happened since the last one, summed over the workers") {
  const auto cohort = std::make_shared<Cohort>(2);
  EvidenceWindow window;
  window.watch(kNew, cohort);
  attempt(*cohort, 0, false);
  attempt(*cohort, 1, true);

  CHECK(window.look()[kNew] == CohortCounts{2, 1, 0, 0});
  CHECK(window.look()[kNew] == CohortCounts{});
  attempt(*cohort, 1, false);
  CHECK(window.look()[kNew] == CohortCounts{1, 0, 0, 0});
}

TEST_CASE(
    "what was counted before the watch began is not evidence, and watching again changes nothing") {
  const auto cohort = std::make_shared<Cohort>(1);
  attempt(*cohort, 0, true);
  EvidenceWindow window;

  window.watch(kNew, cohort);
  attempt(*cohort, 0, false);
  window.watch(kNew, cohort);

  CHECK(window.look()[kNew] == CohortCounts{1, 0, 0, 0});
}

TEST_CASE(
    "attempts that finish under an older revision are evidence until nobody holds its cohort") {
  auto older = std::make_shared<Cohort>(1);
  const auto newer = std::make_shared<Cohort>(1);
  EvidenceWindow window;
  window.watch(kNew, older);
  window.watch(kNew, newer);
  window.watch(kOld, std::make_shared<Cohort>(1));
  attempt(*older, 0, true);
  attempt(*newer, 0, false);
  CHECK(window.look()[kNew] == CohortCounts{2, 1, 0, 0});

  attempt(*older, 0, true);
  older.reset();  // the last Snapshot that named it is gone

  CHECK(window.look()[kNew] == CohortCounts{1, 1, 0, 0});
  CHECK(window.size() == 1);
  CHECK(window.look().contains(kOld));  // zeros included
}

TEST_CASE(
    "the measured share is that of first tries, so that retries that crossed do not hide a wrong "
    "split") {
  const std::vector<std::shared_ptr<ClusterCounters>> clusters = {
      std::make_shared<ClusterCounters>(1), std::make_shared<ClusterCounters>(1)};
  ShareMeter meter;
  const Instant start = Instant{} + 1h;
  CHECK_FALSE(meter.look(clusters, start).has_value());

  clusters[0]->of(0).attempts.add(75 + 20);
  clusters[0]->of(0).retries.add(20);
  clusters[1]->of(0).attempts.add(25);

  const auto shares = meter.look(clusters, start + 1s).value();
  CHECK(shares[0].ppm() == 750'000);
  CHECK(shares[1].ppm() == 250'000);
}

TEST_CASE("the measured share forgets what is older than its time") {
  const std::vector<std::shared_ptr<ClusterCounters>> clusters = {
      std::make_shared<ClusterCounters>(1), std::make_shared<ClusterCounters>(1)};
  ShareMeter meter;
  const Instant start = Instant{} + 1h;
  meter.look(clusters, start);
  clusters[0]->of(0).attempts.add(100);
  for (int i = 1; i <= 2; ++i) meter.look(clusters, start + i * limits::kMeasuredShareTime);

  clusters[1]->of(0).attempts.add(100);
  const auto shares = meter.look(clusters, start + 3 * limits::kMeasuredShareTime).value();

  CHECK(shares[0].ppm() == 0);
  CHECK(shares[1].ppm() == 1'000'000);
}
