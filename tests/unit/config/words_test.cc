#include <catch2/catch.hpp>

#include "config/key_path.h"
#include "config/nearest.h"
#include "config/quantity.h"
#include "config/quote.h"

using namespace crossfade;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("500us") == 500us);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("365d") == 24h * 365);
  for (const char* bad : {"", "5", "s", "5 s", "-5s", "+5s", "1.5s", "1m30s", "5S", "366d",
                          "99999999999999999999s"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("a size is a whole number and a unit of 1024") {
  CHECK(parse_size("512B") == 512);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("1MiB") == 1048576);
  CHECK(parse_size("2GiB") == 2147483648);
  for (const char* bad : {"", "64", "64K", "64kb", "KiB", "9007199254740993B", "8388609GiB"}) {
    INFO(bad);
    CHECK_FALSE(parse_size(bad));
  }
}

TEST_CASE("a fraction is a percentage or a number up to 1") {
  CHECK(parse_fraction("0") == 0.0);
  CHECK(parse_fraction("0.5") == 0.5);
  CHECK(parse_fraction("50%") == 0.5);
  CHECK(parse_fraction("100%") == 1.0);
  CHECK(parse_fraction("1") == 1.0);
  for (const char* bad :
       {"", "%", "-0.1", "1.1", "101%", "50 %", "nan", "inf", "1e-3", "0.5x", "."}) {
    INFO(bad);
    CHECK_FALSE(parse_fraction(bad));
  }
}

TEST_CASE("the nearest name is at most a third of its letters away") {
  const std::string_view known[] = {"connect", "connections_max", "weight", "tcp"};
  CHECK(nearest("conect", known) == "connect");
  CHECK(nearest("wieght", known) == "weight");
  CHECK(nearest("connection_max", known) == "connections_max");
  CHECK(nearest("tpc", known) == "tcp");
  CHECK(nearest("banana", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("x", {}).empty());
}

TEST_CASE("a path shows maps with dots and lists with brackets") {
  CHECK(KeyPath{}.str().empty());
  CHECK((KeyPath{} / "routes" / 3 / "match" / "path").str() == "routes[3].match.path");
}

TEST_CASE("quoted text shows control characters and is cut") {
  CHECK(quote("a\"b\\c\n\x1b") == "\"a\\\"b\\\\c\\x0a\\x1b\"");
  CHECK(quote(std::string(100, 'x')) == "\"" + std::string(60, 'x') + "...\"");
}
