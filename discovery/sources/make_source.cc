#include "discovery/sources/make_source.h"

#include "discovery/sources/dns.h"
#include "discovery/sources/file.h"
#include "discovery/sources/static.h"

namespace crossfade {
namespace {

using Made = Result<std::unique_ptr<Source>>;

struct Maker {
  boost::asio::io_context& io;
  Entropy& entropy;

  Made operator()(const StaticSource& config) const { return make_static_source(config); }
  Made operator()(const FileSource& config) const { return make_file_source(io, config); }
  Made operator()(const DnsSource& config) const {
    return make_dns_source(io, config, entropy.seed());
  }
};

}  // namespace

Catalog::MakeSource source_maker(boost::asio::io_context& io, Entropy& entropy) {
  return [maker = Maker{io, entropy}](const SourceConfig& config) {
    return std::visit(maker, config);
  };
}

}  // namespace crossfade
