#include "discovery/client/dns_answer.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <cstring>

#include "config/limits.h"

namespace crossfade {
namespace {

Error malformed(std::string what) {
  return {ErrorCode::kInvalid, Side::kUpstream, Retry::kYes,
          "malformed DNS answer: " + std::move(what)};
}

ns_type wire_type(DnsType type) {
  switch (type) {
    case DnsType::kA: return ns_t_a;
    case DnsType::kAaaa: return ns_t_aaaa;
    case DnsType::kSrv: return ns_t_srv;
  }
  return ns_t_invalid;
}

std::uint32_t word(const unsigned char* bytes) {
  return static_cast<std::uint32_t>(::ns_get32(bytes));
}

// Filters answer 0.0.0.0 and :: for names that they block, and connecting there reaches this very
// host.
Result<void> append_address(DnsAnswer& answer, const ns_rr& record) {
  if (ns_rr_type(record) == ns_t_a) {
    if (ns_rr_rdlen(record) != sizeof(in_addr)) return malformed("length of an A record");
    const std::uint32_t v4 = word(ns_rr_rdata(record));
    if (v4 == INADDR_ANY) return malformed("the address 0.0.0.0");
    answer.addresses.push_back(Address::from_v4(v4, 0));
    return {};
  }
  in6_addr v6;
  if (ns_rr_rdlen(record) != sizeof v6) return malformed("length of an AAAA record");
  std::memcpy(&v6, ns_rr_rdata(record), sizeof v6);
  if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return malformed("the address ::");
  answer.addresses.push_back(Address::from_v6(v6, 0));
  return {};
}

Result<void> append_service(DnsAnswer& answer, const ns_msg& message, const ns_rr& record) {
  constexpr int kFixedBytes = 6;  // priority, weight, port
  if (ns_rr_rdlen(record) <= kFixedBytes) return malformed("length of an SRV record");
  const unsigned char* bytes = ns_rr_rdata(record);
  char target[NS_MAXDNAME];
  if (::ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), bytes + kFixedBytes, target,
                           sizeof target) < 0) {
    return malformed("target of an SRV record");
  }
  answer.services.push_back({static_cast<std::uint16_t>(ns_get16(bytes)),
                             static_cast<std::uint16_t>(ns_get16(bytes + 2)),
                             static_cast<std::uint16_t>(ns_get16(bytes + 4)), target});
  if (answer.services.back().target == ".") answer.services.back().target.clear();
  return {};
}

// The last 32 bits of an SOA's data: how long "there is none" may be believed.
std::optional<Duration> negative_ttl(ns_msg& message) {
  for (int i = 0; i < ns_msg_count(message, ns_s_ns); ++i) {
    ns_rr record;
    if (::ns_parserr(&message, ns_s_ns, i, &record) != 0) return std::nullopt;
    if (ns_rr_type(record) != ns_t_soa || ns_rr_rdlen(record) < 4) continue;
    const std::uint32_t minimum = word(ns_rr_rdata(record) + ns_rr_rdlen(record) - 4);
    return std::chrono::seconds(std::min<std::uint32_t>(minimum, ns_rr_ttl(record)));
  }
  return std::nullopt;
}

bool names_servers(ns_msg& message) {
  for (int i = 0; i < ns_msg_count(message, ns_s_ns); ++i) {
    ns_rr record;
    if (::ns_parserr(&message, ns_s_ns, i, &record) != 0) return false;
    if (ns_rr_type(record) == ns_t_ns) return true;
  }
  return false;
}

}  // namespace

Result<DnsAnswer> read_dns_answer(std::span<const unsigned char> packet, DnsType type) {
  ns_msg message;
  if (::ns_initparse(packet.data(), static_cast<int>(packet.size()), &message) != 0)
    return malformed("packet");
  if (ns_msg_getflag(message, ns_f_qr) == 0) return malformed("not a response");
  const int code = ns_msg_getflag(message, ns_f_rcode);
  if (code != ns_r_noerror && code != ns_r_nxdomain) {
    return Error{ErrorCode::kUnavailable, Side::kUpstream, Retry::kYes,
                 "the DNS server answered with code " + std::to_string(code)};
  }

  DnsAnswer answer;
  std::uint32_t ttl = INT32_MAX;
  const int count = ns_msg_count(message, ns_s_an);
  for (int i = 0; i < count; ++i) {
    ns_rr record;
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0)
      return malformed("record " + std::to_string(i));
    const bool is_alias = ns_rr_type(record) == ns_t_cname;
    if (!is_alias && ns_rr_type(record) != wire_type(type)) continue;
    ttl = std::min(ttl, static_cast<std::uint32_t>(
                            ns_rr_ttl(record)));  // an alias that expires first ends it all
    if (is_alias) continue;
    const auto appended = type == DnsType::kSrv ? append_service(answer, message, record)
                                                : append_address(answer, record);
    if (!appended) return appended.error();
    if (answer.addresses.size() + answer.services.size() > limits::kEndpointsPerSetMax) {
      return malformed("too many records");
    }
  }

  if (answer.addresses.empty() && answer.services.empty()) {
    answer.kind = code == ns_r_nxdomain ? DnsAnswer::Kind::kNoName : DnsAnswer::Kind::kNoData;
    answer.ttl = negative_ttl(message);
    // RFC 2308 section 2.2: name servers without an SOA are where to ask instead.
    if (answer.kind == DnsAnswer::Kind::kNoData && !answer.ttl && names_servers(message)) {
      return Error{ErrorCode::kUnavailable, Side::kUpstream, Retry::kYes,
                   "the DNS server does not know, it refers to others"};
    }
  } else {
    answer.ttl = std::chrono::seconds(ttl);
  }
  return answer;
}

}  // namespace crossfade
