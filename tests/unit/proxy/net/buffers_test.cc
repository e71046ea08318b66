#include "proxy/net/buffers.h"

#include <catch2/catch.hpp>

namespace crossfade::net {
namespace {

TEST_CASE("a pool lends no more buffers than its maximum") {
  BufferPool pool{1024, 2, 1};
  Buffer first = pool.take();
  Buffer second = pool.take();
  CHECK(first.bytes().size() == 1024);
  CHECK_FALSE(pool.take());

  second.reset();

  CHECK(pool.take());
  CHECK(pool.lent() == 1);
}

TEST_CASE("the buffer given back last is lent first") {
  BufferPool pool{1024, 4, 4};
  Buffer first = pool.take();
  Buffer second = pool.take();
  const char* last = first.bytes().data();
  second.reset();
  first.reset();

  CHECK(pool.take().bytes().data() == last);
}

TEST_CASE("a moved buffer is given back once") {
  BufferPool pool{1024, 4, 4};
  {
    Buffer first = pool.take();
    Buffer second = std::move(first);
    CHECK(pool.lent() == 1);
    second = pool.take();
    CHECK(pool.lent() == 1);
  }
  CHECK(pool.lent() == 0);
}

}  // namespace
}  // namespace crossfade::net
