#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/body_reader.h"
#include "proxy/http/head_reader.h"
#include "proxy/http/head_writer.h"

namespace crossfade::http {

// A request head together with the bytes that its views point into. Not moved.
struct ReadRequest {
  explicit ReadRequest(std::string_view text) : bytes{text} {
    const HeadSearch search = find_head_end(bytes);
    fault = search.fault;
    if (fault == Fault::kNone && search.size == 0) fault = Fault::kLineEnd;
    if (fault == Fault::kNone) fault = read_request_head({bytes.data(), search.size}, head);
  }

  std::string bytes;
  RequestHead head;
  Fault fault = Fault::kNone;
};

struct ReadResponse {
  explicit ReadResponse(std::string_view text, Method method = Method::kGet) : bytes{text} {
    const HeadSearch search = find_head_end(bytes);
    fault = search.fault;
    if (fault == Fault::kNone && search.size == 0) fault = Fault::kLineEnd;
    if (fault == Fault::kNone)
      fault = read_response_head({bytes.data(), search.size}, method, head);
  }

  std::string bytes;
  ResponseHead head;
  Fault fault = Fault::kNone;
};

inline Fault request_fault(std::string_view text) {
  return ReadRequest{text}.fault;
}
inline Fault response_fault(std::string_view text) {
  return ReadResponse{text}.fault;
}

// "GET / HTTP/1.1" with a host and these further field lines.
inline std::string get_with(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) + "\r\n";
}

inline std::string post_with(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) + "\r\n";
}

inline std::string ok_with(std::string_view fields) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n";
}

inline ForwardingContext context_with(const ForwardingConfig& config) {
  return {config, "192.0.2.7", false, false, {0x0123456789abcdef, 0xfedcba9876543210}};
}

inline std::string forwarded(const RequestHead& head, const ForwardingConfig& config = {}) {
  std::string out(limits::kHeadBytesMax, '\0');
  out.resize(write_request_head(out, head, context_with(config)));
  return out;
}

// What the upstream would receive for this request; empty when it is refused.
inline std::string forwarded(std::string_view request, const ForwardingConfig& config = {}) {
  const ReadRequest read{request};
  return read.fault == Fault::kNone ? forwarded(read.head, config) : std::string{};
}

// What the client of `request` would receive for this response.
inline std::string answered(std::string_view request, std::string_view response,
                            bool is_closing = false) {
  const ReadRequest asked{request};
  const ReadResponse read{response, asked.head.method};
  if (asked.fault != Fault::kNone || read.fault != Fault::kNone) return {};
  const ForwardingConfig config;
  const Delivery delivery = plan_delivery(asked.head, read.head, is_closing);
  std::string out(limits::kHeadBytesMax, '\0');
  out.resize(write_response_head(out, read.head,
                                 {config, asked.head, delivery, "Sun, 06 Nov 1994 08:49:37 GMT"}));
  return out;
}

struct ReadBody {
  std::string payload;
  std::size_t used = 0;
  Fault fault = Fault::kNone;
  bool done = false;
  std::string trailers;
};

// Pushes `text` in the pieces that begin at 0 and at each of `cuts`.
inline ReadBody read_body(std::string_view text, Framing framing, std::uint64_t length = 0,
                          std::vector<std::size_t> cuts = {}) {
  BodyReader reader{framing, length};
  ReadBody body;
  cuts.push_back(text.size());
  std::size_t begin = 0;
  for (const std::size_t end : cuts) {
    std::string piece(text.substr(begin, end - begin));
    const BodyPart part = reader.push(piece);
    body.payload.append(part.payload.begin(), part.payload.end());
    body.used += part.used;
    body.fault = part.fault;
    if (part.fault != Fault::kNone || reader.done()) break;
    begin = end;
  }
  body.done = reader.done();
  body.trailers = reader.trailers();
  return body;
}

inline ReadBody read_chunked(std::string_view text) {
  return read_body(text, Framing::kChunked);
}

inline bool has_line(std::string_view head, std::string_view line) {
  return head.find("\r\n" + std::string(line) + "\r\n") != std::string_view::npos;
}

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace crossfade::http
