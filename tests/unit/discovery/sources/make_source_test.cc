#include "discovery/sources/make_source.h"

#include <catch2/catch.hpp>

#include "tests/unit/discovery/sets.h"

using namespace crossfade;

TEST_CASE("each configuration gets its kind of source") {
  boost::asio::io_context io;
  SystemEntropy entropy;
  const auto make = source_maker(io, entropy);

  CHECK(make(StaticSource{}).value()->describe() == "static, 0 in the configuration");
  CHECK(make(FileSource{"/x"}).value()->describe() == "file /x");
}

TEST_CASE("a static source reports its endpoints inside start") {
  boost::asio::io_context io;
  SystemEntropy entropy;
  const Address a = Address::from_v4(0x0a000001, 80);
  const auto source = source_maker(io, entropy)(StaticSource{{a}}).value();

  std::vector<SourceReport> reports;
  source->start([&](SourceReport report) { reports.push_back(std::move(report)); });
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].kind == SourceReport::Kind::kSet);
  CHECK(reports[0].endpoints == test::first(1));
}
