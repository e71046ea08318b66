// Where the endpoints of one cluster come from.

#include <algorithm>
#include <cctype>

#include "config/limits.h"
#include "config/parse_parts.h"
#include "config/values.h"

namespace crossfade {
namespace {

constexpr std::size_t kDnsServersMax = 8;

StaticSource read_static(const Field& field) {
  StaticSource source;
  for (const Field& endpoint : elements(field, limits::kEndpointsPerSetMax, "endpoints")) {
    source.endpoints.push_back(read_endpoint(endpoint).value_or(Address{}));
  }
  return source;
}

// RFC 1035 section 2.3.4 sizes; underscores because names of SRV records have them (RFC 2782).
std::optional<std::string> read_dns_name(const Field& field) {
  std::string name = field.node.text;
  if (name.ends_with('.')) name.pop_back();
  bool is_name = !name.empty() && name.size() <= 253;
  for (std::size_t begin = 0; is_name && begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string label = name.substr(begin, end - begin);
    const auto is_allowed = [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_';
    };
    is_name =
        !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), is_allowed);
    begin = end + 1;
  }
  if (is_name) return name;
  field.expected("a DNS name, like playlist.new.example");
  return {};
}

std::optional<DnsSource::Record> read_record(const Field& field) {
  if (field.node.text == "address") return DnsSource::Record::kAddress;
  if (field.node.text == "srv") return DnsSource::Record::kSrv;
  field.expected("address or srv");
  return {};
}

DnsSource read_dns(const Field& field) {
  DnsSource source;
  Section section{field};
  if (const auto name = section.required("name", "a DNS name")) {
    source.name = read_dns_name(*name).value_or("");
  }
  section.read("record", source.record, read_record);
  if (source.record == DnsSource::Record::kSrv) {
    if (const auto port = section.find("port")) {
      port->wrong("expected no port: SRV records bring their own");
    }
  } else if (const auto port = section.required("port", "the port of the endpoints")) {
    source.port = Port{}(*port).value_or(0);
  }
  if (const auto servers = section.find("servers")) {
    for (const Field& server : elements(*servers, kDnsServersMax, "DNS servers")) {
      source.servers.push_back(read_endpoint(server).value_or(Address{}));
    }
  }
  section.read("refresh_min", source.refresh_min, Time{});
  section.read("refresh_max", source.refresh_max, Time{});
  return source;
}

}  // namespace

void read_source(const Field& field, const ParseContext& context, SourceConfig& source) {
  Section section{field};
  const auto listed = section.find("static");
  const auto file = section.find("file");
  const auto dns = section.find("dns");
  if (listed.has_value() + file.has_value() + dns.has_value() != 1) {
    field.wrong("expected exactly one of static, file and dns");
  } else if (listed) {
    source = read_static(*listed);
  } else if (file) {
    source = FileSource{context.resolve(read_text(*file).value_or(""))};
  } else {
    source = read_dns(*dns);
  }
}

}  // namespace crossfade
