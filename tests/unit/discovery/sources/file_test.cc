#include "discovery/sources/file.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/discovery/sets.h"

using namespace crossfade;
using namespace crossfade::test;

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string made = (fs::temp_directory_path() / "crossfade-XXXXXX").string();
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const fs::path& name, const std::string& text) const {
    std::ofstream(path / name) << text;
  }
  void replace(const fs::path& name, const std::string& text) const {
    write("new", text);
    fs::rename(path / "new", path / name);
  }

  fs::path path;
};

// One file source on its own loop, with everything it has reported.
struct Watcher {
  explicit Watcher(const fs::path& path, Duration audit_time = 1h)
      : source{make_file_source(io, FileSource{path.string()}, audit_time)} {
    source->start([this](SourceReport report) { reports.push_back(std::move(report)); });
  }

  // Runs the loop until there are `count` reports. A report that never comes fails the test.
  const SourceReport& wait_for(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (reports.size() < count && std::chrono::steady_clock::now() < end) io.run_one_until(end);
    REQUIRE(reports.size() == count);
    return reports.back();
  }

  boost::asio::io_context io;
  std::vector<SourceReport> reports;
  std::unique_ptr<Source> source;
};

using Kind = SourceReport::Kind;

}  // namespace

TEST_CASE("the file is reported inside start") {
  const Folder folder;
  folder.write("set.yaml", "[10.0.0.1:80, 10.0.0.2:80]");
  const Watcher watcher{folder.path / "set.yaml"};

  REQUIRE(watcher.reports.size() == 1);
  CHECK(watcher.reports[0].endpoints == first(2));
  CHECK(watcher.source->describe() == "file " + (folder.path / "set.yaml").string());
}

TEST_CASE("a file renamed over it or written in place is reported whole") {
  const Folder folder;
  folder.write("set.yaml", "[10.0.0.1:80]");
  Watcher watcher{folder.path / "set.yaml"};

  folder.replace("set.yaml", "[10.0.0.1:80, 10.0.0.2:80]");
  CHECK(watcher.wait_for(2).endpoints == first(2));
  folder.write("set.yaml", "[]");
  CHECK(watcher.wait_for(3).kind == Kind::kSet);
  CHECK(watcher.reports.back().endpoints.empty());
}

TEST_CASE("a swap of the link beside a mounted ConfigMap is reported") {
  const Folder folder;
  fs::create_directory(folder.path / "..v1");
  fs::create_directory(folder.path / "..v2");
  folder.write("..v1/set.yaml", "[10.0.0.1:80]");
  folder.write("..v2/set.yaml", "[10.0.0.1:80, 10.0.0.2:80]");
  fs::create_directory_symlink("..v1", folder.path / "..data");
  fs::create_symlink("..data/set.yaml", folder.path / "set.yaml");
  Watcher watcher{folder.path / "set.yaml"};
  CHECK(watcher.wait_for(1).endpoints == first(1));

  fs::create_directory_symlink("..v2", folder.path / "..data_tmp");
  fs::rename(folder.path / "..data_tmp", folder.path / "..data");
  CHECK(watcher.wait_for(2).endpoints == first(2));
}

TEST_CASE("a bad or missing file is unreachable with the reason, never empty") {
  const Folder folder;
  const fs::path path = folder.path / "set.yaml";
  Watcher watcher{path};
  CHECK(watcher.wait_for(1).kind == Kind::kUnreachable);
  CHECK(watcher.reports.back().reason == path.string() + ": No such file or directory");

  folder.replace("set.yaml", "[10.0.0.1:80]");
  CHECK(watcher.wait_for(2).kind == Kind::kSet);
  folder.replace("set.yaml", "[10.0.0.1]");
  CHECK(watcher.wait_for(3).kind == Kind::kUnreachable);
  CHECK(watcher.reports.back().reason.starts_with(path.string() +
                                                  ":1:2: [0]: expected an IP address"));
  folder.replace("set.yaml", "");
  CHECK(watcher.wait_for(4).kind == Kind::kUnreachable);
  folder.replace("set.yaml", "[10.0.0.1:80]");
  CHECK(watcher.wait_for(5).kind == Kind::kSet);
  fs::remove(path);
  CHECK(watcher.wait_for(6).kind == Kind::kUnreachable);
}

TEST_CASE("a file over the limit is unreachable") {
  const Folder folder;
  folder.write("set.yaml", std::string(limits::kEndpointFileBytesMax + 1, '#'));
  const Watcher watcher{folder.path / "set.yaml"};

  REQUIRE(watcher.reports.size() == 1);
  CHECK(watcher.reports[0].kind == Kind::kUnreachable);
  CHECK(watcher.reports[0].reason.find("Longer than 16777216 bytes") != std::string::npos);
}

TEST_CASE("a pipe in place of the file does not stop the loop") {
  const Folder folder;
  REQUIRE(::mkfifo((folder.path / "set.yaml").c_str(), 0600) == 0);
  const Watcher watcher{folder.path / "set.yaml"};

  REQUIRE(watcher.reports.size() == 1);
  CHECK(watcher.reports[0].reason.ends_with("Not a regular file"));
}

TEST_CASE("changes of other files in the folder are no news") {
  const Folder folder;
  folder.write("set.yaml", "[10.0.0.1:80]");
  Watcher watcher{folder.path / "set.yaml"};
  folder.replace("other.yaml", "[]");
  folder.replace("set.yaml", "[10.0.0.2:80]");

  CHECK(watcher.wait_for(2).endpoints == set_of({2}));
}

TEST_CASE("a folder that appears later is found by an audit and watched from then on") {
  const Folder folder;
  Watcher watcher{folder.path / "late" / "set.yaml", 1ms};
  CHECK(watcher.wait_for(1).kind == Kind::kUnreachable);

  fs::create_directory(folder.path / "late");
  folder.write("late/set.yaml", "[10.0.0.1:80]");
  CHECK(watcher.wait_for(2).endpoints == first(1));
}

TEST_CASE("a stopped source reports nothing and lets the loop end") {
  const Folder folder;
  folder.write("set.yaml", "[10.0.0.1:80]");
  Watcher watcher{folder.path / "set.yaml"};
  folder.replace("set.yaml", "[]");
  watcher.source.reset();

  watcher.io.run();
  CHECK(watcher.reports.size() == 1);
}
