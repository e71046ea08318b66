#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "proxy/stats/latency.h"
#include "proxy/stats/prometheus.h"

using namespace crossfade;

namespace {

StatsView full_view() {
  const auto counters = std::make_shared<ClusterCounters>(2);
  for (int ms = 0; ms < 50; ++ms) {
    ClusterCell& cell = counters->of(static_cast<std::size_t>(ms % 2));
    cell.attempts.add();
    cell.responses[1].add();
    count_latency(cell.response_head, ms * 3ms);
  }
  count_latency(counters->of(0).response_head, 10min);
  counters->of(1).failures[1].add(3);

  ClusterStats cluster;
  cluster.cluster = ClusterName::of("new");
  cluster.counters = counters;
  cluster.desired = Share::from_ppm(250'000);
  cluster.measured = Share::from_ppm(249'000);
  cluster.discovery_age = 1500ms;
  ClusterStats uncounted;
  uncounted.cluster = ClusterName::of("old");

  StatsView view;
  view.version = "1.2.3";
  view.services = {{ServiceName::of("playlist"), 7, {cluster, uncounted}}};
  view.migrations.resize(1);
  view.migrations[0].migration = MigrationName::of("m");
  view.migrations[0].service = ServiceName::of("playlist");
  view.migrations[0].stage = "shifting";
  view.workers = std::make_shared<WorkerCounters>(2);
  return view;
}

// The text, read as a scraper does.
struct Exposition {
  std::map<std::string, std::string> type;
  std::set<std::string> help;
  std::vector<std::pair<std::string, double>> samples;  // name with labels, value

  explicit Exposition(const std::string& text) {
    std::istringstream lines{text};
    const std::regex sample{R"(^([a-z_]+)(\{([a-z_]+="[^"]*",?)*\})? (\S+)$)"};
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      std::istringstream words{line};
      std::string hash, kind, name, rest;
      words >> hash >> kind >> name >> rest;
      if (hash == "#" && kind == "TYPE") {
        REQUIRE(type.emplace(name, rest).second);  // once per family
      } else if (hash == "#") {
        REQUIRE(kind == "HELP");
        REQUIRE(help.insert(name).second);
      } else {
        std::smatch match;
        REQUIRE(std::regex_match(line, match, sample));
        samples.emplace_back(match[1].str() + match[2].str(), std::stod(match[4]));
      }
    }
  }

  double value(const std::string& name) const {
    for (const auto& [found, number] : samples) {
      if (found == name) return number;
    }
    FAIL("no sample " << name);
    return 0;
  }
};

std::string family_of(const std::string& sample, const Exposition& text) {
  std::string name = sample.substr(0, sample.find('{'));
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string stem = name.substr(0, name.size() - suffix.size());
    if (text.type.contains(stem)) return stem;
  }
  return name;
}

}  // namespace

TEST_CASE(
    "every family has one type and one help, every sample belongs to a family, no sample comes "
    "twice") {
  const Exposition text{metrics_text(full_view())};

  std::set<std::string> seen, families;
  for (const auto& [name, value] : text.samples) {
    CAPTURE(name);
    const std::string family = family_of(name, text);
    REQUIRE(text.type.contains(family));
    REQUIRE(text.help.contains(family));
    REQUIRE(seen.insert(name).second);
    families.insert(family);
  }
  CHECK(families.size() == text.type.size());
}

TEST_CASE(
    "names follow the conventions: crossfade_ first, _total on counters and on nothing else") {
  const Exposition text{metrics_text(full_view())};

  for (const auto& [name, type] : text.type) {
    CAPTURE(name, type);
    CHECK(name.starts_with("crossfade_"));
    CHECK(name.ends_with("_total") == (type == "counter"));
  }
}

TEST_CASE("the histogram is cumulative and its +Inf bucket is the count") {
  const Exposition text{metrics_text(full_view())};
  const std::string labels = "service=\"playlist\",cluster=\"new\"";

  double last = 0;
  double last_bound = 0;
  int buckets = 0;
  for (const auto& [name, value] : text.samples) {
    if (!name.starts_with("crossfade_response_head_seconds_bucket")) continue;
    const std::string le = name.substr(name.find("le=\"") + 4);
    const double bound = le.starts_with("+Inf") ? INFINITY : std::stod(le);
    CHECK(value >= last);
    CHECK(bound > last_bound);
    last = value;
    last_bound = bound;
    ++buckets;
  }

  CHECK(buckets == 20);
  CHECK(std::isinf(last_bound));
  CHECK(last == 51);
  CHECK(text.value("crossfade_response_head_seconds_count{" + labels + "}") == 51);
  CHECK(text.value("crossfade_response_head_seconds_sum{" + labels + "}") == Approx(603.675));
}

TEST_CASE("values come from the counters of all workers and from the view") {
  const Exposition text{metrics_text(full_view())};
  const std::string labels = "service=\"playlist\",cluster=\"new\"";

  CHECK(text.value("crossfade_requests_total{" + labels + ",code_class=\"2xx\"}") == 50);
  CHECK(text.value("crossfade_failures_total{" + labels + ",side=\"upstream\"}") == 3);
  CHECK(text.value("crossfade_share_ratio{" + labels + ",kind=\"desired\"}") == 0.25);
  CHECK(text.value("crossfade_share_ratio{" + labels + ",kind=\"measured\"}") == Approx(0.249));
  CHECK(text.value("crossfade_discovery_age_seconds{" + labels + "}") == 1.5);
  CHECK(text.value("crossfade_build_info{version=\"1.2.3\"}") == 1);
}

TEST_CASE("a program that serves nothing yet has metrics all the same") {
  const Exposition text{metrics_text({})};

  CHECK(text.value("crossfade_snapshot_version{state=\"adopted\"}") == 0);
  CHECK_FALSE(text.type.contains("crossfade_requests_total"));
}
