// The rules that keep two hops from understanding one message differently: what a head may contain.
// One test or more for each, named after it.

#include <catch2/catch.hpp>

#include "messages.h"

namespace crossfade::http {
namespace {

std::string get_target(const std::string& target, const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n";
}

std::string with_hosts(const std::string& hosts, const std::string& version = "1.1") {
  return "GET / HTTP/" + version + "\r\n" + hosts + "\r\n";
}

}  // namespace

TEST_CASE("rule 6: heads have CRLF line ends, no lone CR or LF and no NUL") {
  CHECK(find_head_end("GET / HTTP/1.1\nHost: a\n\n").fault == Fault::kLineEnd);
  CHECK(request_fault("GET / HTTP/1.1\nHost: a\r\n\r\n") == Fault::kLineEnd);
  CHECK(request_fault(get_with("A: b\nC: d\r\n")) == Fault::kLineEnd);
  CHECK(request_fault(get_with("A: b\rC: d\r\n")) == Fault::kLineEnd);
  CHECK(request_fault(get_with(std::string("A: b\0c\r\n", 8))) == Fault::kHeaderValue);
  CHECK(request_fault(get_with("A: b\x01\r\n")) == Fault::kHeaderValue);
  CHECK(request_fault(get_with("A: b\x7f\r\n")) == Fault::kHeaderValue);
  CHECK(response_fault("HTTP/1.1 200 O\rK\r\n\r\n") == Fault::kStartLine);
}

TEST_CASE("rule 6: a few empty lines before the request line are skipped, more are not") {
  CHECK(request_fault("\r\n\r\n" + get_with("")) == Fault::kNone);
  CHECK(find_head_end("\r\n\r\n\r\n\r\n").size == 0);
  CHECK(find_head_end("\r\n\r\n\r\n\r\n").fault == Fault::kNone);
  CHECK(find_head_end("\r\n\r\n\r\n\r\n\r\n").fault == Fault::kStartLine);
  CHECK(find_head_end("\n" + get_with("")).fault == Fault::kLineEnd);
}

TEST_CASE("rule 7: folded lines, blanks around names, empty and non-token names are rejected") {
  for (const std::string fields :
       {"A: b\r\n c: d\r\n", "A: b\r\n\tc\r\n", "A : b\r\n", "A\t: b\r\n", ": b\r\n", "A\r\n",
        "A b: c\r\n", "A(: c\r\n", "A\x80: c\r\n", "A@b: c\r\n", "\"A\": b\r\n"}) {
    INFO(fields);
    CHECK(request_fault(get_with(fields)) == Fault::kHeaderName);
    CHECK(response_fault(ok_with(fields)) == Fault::kHeaderName);
  }
  CHECK(request_fault("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == Fault::kHeaderName);
}

TEST_CASE("rule 8: a method is a token") {
  CHECK(request_fault(get_target("/", "PURGE")) == Fault::kNone);
  for (const std::string method : {"", "G@T", "GE\x80T", "G(T"}) {
    INFO(method);
    CHECK(request_fault(get_target("/", method)) == Fault::kStartLine);
  }
}

TEST_CASE("rule 8: a target is printable ASCII without a fragment") {
  CHECK(request_fault(get_target("/a\"<>^`{|}")) == Fault::kNone);
  for (const std::string target : {"/a#b", "/a\x80", "/a\x01", "/a\tb", "/a?b#c"}) {
    INFO(target);
    CHECK(request_fault(get_target(target)) == Fault::kTarget);
  }
  CHECK(request_fault(get_target("/a b")) == Fault::kStartLine);
  CHECK(request_fault("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == Fault::kStartLine);
}

TEST_CASE("rule 8: absolute-form is for http and https only and gives the path") {
  const ReadRequest absolute{get_target("HTTP://A.example/b?c")};
  REQUIRE(absolute.fault == Fault::kNone);
  CHECK(absolute.head.form == TargetForm::kAbsolute);
  CHECK(absolute.head.target == "/b?c");
  CHECK(absolute.head.authority.text == "a.example");

  CHECK(ReadRequest{get_target("http://a.example")}.head.target == "/");
  const ReadRequest without_path{get_target("http://a.example?q=/")};
  CHECK(without_path.head.target == "/?q=/");
  CHECK(without_path.head.path == "/");
  for (const std::string target :
       {"ftp://a.example/", "a.example", "a", "http:/a", "http:a.example", "://a", "x*"}) {
    INFO(target);
    CHECK(request_fault(get_target(target)) == Fault::kTarget);
  }
}

TEST_CASE("rule 8: asterisk-form is for OPTIONS only, authority-form for CONNECT only") {
  const ReadRequest options{get_target("*", "OPTIONS")};
  REQUIRE(options.fault == Fault::kNone);
  CHECK(options.head.form == TargetForm::kAsterisk);
  CHECK(options.head.path == "*");
  CHECK(ReadRequest{get_target("http://a.example", "OPTIONS")}.head.target == "*");

  CHECK(request_fault(get_target("*")) == Fault::kTarget);
  CHECK(request_fault(get_target("a.example:443")) == Fault::kTarget);
  CHECK(request_fault(get_target("/", "CONNECT")) == Fault::kTarget);
  CHECK(request_fault(get_target("a.example:443", "CONNECT")) == Fault::kMethodRefused);
}

TEST_CASE("rule 8: the version is HTTP/1.0 or HTTP/1.1") {
  const auto fault_of = [](const std::string& version) {
    return request_fault("GET / " + version + "\r\nHost: a\r\n\r\n");
  };
  CHECK(fault_of("HTTP/1.0") == Fault::kNone);
  for (const std::string version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"}) {
    CHECK(fault_of(version) == Fault::kVersion);
  }
  for (const std::string version :
       {"HTTP/1.1 ", "http/1.1", "HTTP/11", "HTTP/1.10", "HTTP/1,1", "HTTPS/1.1", ""}) {
    INFO(version);
    CHECK(fault_of(version) == Fault::kStartLine);
  }
  CHECK(request_fault("GET /\r\n\r\n") == Fault::kStartLine);
}

TEST_CASE("rule 9: HTTP/1.1 needs one host, doubled ones must agree") {
  CHECK(request_fault(with_hosts("")) == Fault::kAuthority);
  CHECK(request_fault(with_hosts("Host:\r\n")) == Fault::kAuthority);
  CHECK(request_fault(with_hosts("", "1.0")) == Fault::kNone);
  CHECK(request_fault(with_hosts("Host: a\r\nHost: b\r\n")) == Fault::kAuthority);
  CHECK(request_fault(with_hosts("Host: a, b\r\n")) == Fault::kAuthority);

  const std::string out = forwarded(with_hosts("Host: a\r\nHost: A\r\n"));
  CHECK(count(out, "\r\nHost:") == 1);
  CHECK(has_line(out, "Host: a"));
}

TEST_CASE("rule 9: forbidden characters in an authority are rejected") {
  for (const std::string host :
       {"a b",   "a/b",  "a@b", "u:p@a", "a%41", "a?b",   "a\\b", "a:b", "a:0",    "a:99999",
        "a:080", "[::1", "::1", "[::g]", "[]",   "a:1:2", ":80",  "a,b", "[::1]x", "a\x80"}) {
    INFO(host);
    CHECK(request_fault(with_hosts("Host: " + host + "\r\n")) == Fault::kAuthority);
  }
  const ReadRequest v6{with_hosts("Host: [2001:DB8::1]:81\r\n")};
  CHECK(v6.head.authority.host == "[2001:db8::1]");
  CHECK(v6.head.authority.port == 81);
}

TEST_CASE("rule 9: a target's authority unlike Host is rejected but for the default port") {
  const auto fault_of = [](const std::string& target, const std::string& host) {
    return request_fault("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  };
  CHECK(fault_of("http://a/", "a") == Fault::kNone);
  CHECK(fault_of("http://a/", "a:80") == Fault::kNone);
  CHECK(fault_of("https://a:443/", "A") == Fault::kNone);
  CHECK(fault_of("http://a/", "b") == Fault::kAuthority);
  CHECK(fault_of("http://a/", "a:443") == Fault::kAuthority);
  CHECK(fault_of("https://a/", "a:80") == Fault::kAuthority);
  CHECK(fault_of("http://u@a/", "a") == Fault::kAuthority);
}

TEST_CASE("rule 9: one canonical host is forwarded") {
  const std::string absolute = "GET http://A.Example:80/x HTTP/1.1\r\nhost: a.example\r\n\r\n";
  CHECK(has_line(forwarded(absolute), "Host: a.example:80"));
  CHECK(has_line(forwarded(with_hosts("HOST:  A.Example: \r\n")), "Host: a.example"));
}

TEST_CASE("rule 12: what is routed is what is forwarded") {
  const ReadRequest read{get_target("/a/./b/%2e%2E/%7euser/%3a?x=%2f/../y")};

  REQUIRE(read.fault == Fault::kNone);
  CHECK(read.head.path == "/a/~user/%3A");
  CHECK(read.head.query() == "x=%2f/../y");
  CHECK(forwarded(read.head).starts_with("GET /a/~user/%3A?x=%2f/../y HTTP/1.1\r\n"));
}

TEST_CASE("rule 12: ambiguous paths are rejected") {
  for (const std::string path : {"/a%2fb", "/a%5Cb", "/a\\b", "/a%00", "/..", "/a/../../b",
                                 "/%2e%2e/x", "/a%", "/a%4", "/a%zz", "/a/..;/b", "/a/.;x/b"}) {
    INFO(path);
    CHECK(request_fault(get_target(path)) == Fault::kPath);
    CHECK(request_fault(get_target("http://a.example" + path)) == Fault::kPath);
  }
}

}  // namespace crossfade::http
