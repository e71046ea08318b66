#pragma once

// A request head and a response head as values: views into the buffer that they were read from.

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

#include "config/limits.h"
#include "proxy/http/header_id.h"

namespace crossfade::http {

enum class Method : std::uint8_t {
  kOther,
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kOptions,
  kPatch,
  kConnect,
  kTrace
};

// RFC 9110 section 9.2.2: doing it twice means the same as once.
bool is_idempotent(Method method);

// How the end of a body is known. RFC 9112 section 6.
enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

struct Header {
  std::string_view name;   // as received
  std::string_view value;  // without surrounding blanks
  HeaderId id = HeaderId::kOther;
};

// The fields of one head in order of arrival. Not copied: it is 4 KiB, of which a head uses the
// first few hundred bytes, and it is never initialised as a whole for that reason.
class Headers {
 public:
  Headers() {}  // not "= default": value-initialisation would zero the storage
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;

  std::size_t size() const { return size_; }
  const Header* begin() const { return items_; }
  const Header* end() const { return items_ + size_; }
  const Header& operator[](std::size_t i) const { return items_[i]; }

  bool has(HeaderId id) const { return present_.has(id); }
  // The first field with this id, or nullptr. Requires: a named id (not kOther, kHopByHop,
  // kLookalike).
  const Header* find(HeaderId id) const;
  // The first field with this name in any case, or nullptr.
  const Header* find(std::string_view name) const;

  // For the readers.
  void clear() {
    size_ = 0;
    present_.clear();
  }
  bool is_full() const { return size_ == limits::kHeadersMax; }
  void add(const Header& header) {
    present_.add(header.id);
    new (&items_[size_++]) Header{header};
  }
  std::span<Header> items() { return {items_, size_}; }

 private:
  std::uint32_t size_ = 0;
  HeaderIds present_;
  union {
    Header items_[limits::kHeadersMax];
  };
};

// "host[:port]", lower case, without an empty port. host of an IPv6 literal keeps its brackets.
struct Authority {
  std::string_view text;  // as it is forwarded in Host
  std::string_view host;
  std::uint16_t port = 0;  // 0: none given
};

enum class TargetForm : std::uint8_t { kOrigin, kAbsolute, kAuthority, kAsterisk };

struct RequestHead {
  Method method = Method::kOther;
  TargetForm form = TargetForm::kOrigin;
  Framing framing = Framing::kNone;  // never kUntilClose
  std::uint8_t version_minor = 1;    // 0 or 1
  bool keep_alive = true;            // the client is willing
  bool expect_continue = false;      // waits for 100 (Continue); never in HTTP/1.0
  bool te_trailers = false;          // TE: trailers
  std::string_view method_text;
  std::string_view target;           // canonical path and query, as routed and as forwarded; "*"
  std::string_view path;             // the canonical path alone, a prefix of target
  Authority authority;               // empty only in HTTP/1.0 without Host
  std::string_view upgrade;          // the one protocol asked for (never h2c); empty: none
  std::uint64_t content_length = 0;  // of kLength
  std::string_view bytes;            // the whole head, empty line included
  Headers headers;

  // Without the question mark; empty when there is none.
  std::string_view query() const {
    return target.size() > path.size() ? target.substr(path.size() + 1) : std::string_view{};
  }
};

struct ResponseHead {
  std::uint16_t status = 0;          // 100 to 599
  Framing framing = Framing::kNone;  // kNone for HEAD, 1xx, 204, 304
  std::uint8_t version_minor = 1;
  bool keep_alive = true;            // the upstream connection may be used again after the body
  bool has_content_length = false;   // also true without a body, as for HEAD
  std::string_view reason;           // may be empty
  std::string_view upgrade;          // the protocol of a 101
  std::uint64_t content_length = 0;  // of kLength, or what HEAD and 304 tell
  std::string_view bytes;
  Headers headers;

  bool is_informational() const { return status < 200 && status != 101; }
};

}  // namespace crossfade::http
