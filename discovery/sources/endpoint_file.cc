#include "discovery/sources/endpoint_file.h"

#include <algorithm>
#include <tuple>

#include "config/limits.h"
#include "config/section.h"
#include "config/values.h"
#include "config/yaml_reader.h"

namespace crossfade {
namespace {

void read_labels(const Field& field, Endpoint& endpoint) {
  for (const NamedField& label : named_fields(field, limits::kLabelsPerEndpointMax, "labels")) {
    endpoint.labels[label.name()] = read_text(label.value).value_or("");
  }
}

Endpoint read_element(const Field& field) {
  Endpoint endpoint;
  if (!field.is_map()) {
    endpoint.address = read_endpoint(field).value_or(Address{});
    return endpoint;
  }
  Section section{field};
  if (const auto address =
          section.required("address", "an IP address with a port, like 10.0.0.1:80")) {
    endpoint.address = read_endpoint(*address).value_or(Address{});
  }
  section.read("ready", endpoint.ready, read_truth);
  section.read("weight", endpoint.weight, Count{1, limits::kEndpointWeightMax});
  if (const auto labels = section.find("labels")) read_labels(*labels, endpoint);
  return endpoint;
}

EndpointSet read_list(const Field& field) {
  EndpointSet endpoints;
  for (const Field& element : elements(field, limits::kEndpointsPerSetMax, "endpoints")) {
    endpoints.push_back(read_element(element));
  }
  return endpoints;
}

Error first_of(const std::vector<YamlProblem>& problems) {
  const auto place = [](const YamlProblem& problem) {
    return std::tie(problem.line, problem.column);
  };
  const auto first =
      *std::min_element(problems.begin(), problems.end(),
                        [&](const auto& a, const auto& b) { return place(a) < place(b); });
  const std::string where = std::to_string(first.line) + ':' + std::to_string(first.column) + ": ";
  const std::string path = first.path.str();
  return invalid(where + (path.empty() ? "" : path + ": ") + first.message);
}

}  // namespace

Result<EndpointSet> parse_endpoints(std::string_view text) {
  const YamlDocument document = read_yaml(text);
  if (!document.problems.empty()) return first_of(document.problems);

  Problems problems;
  EndpointSet endpoints;
  {
    const Field root{document.root, {}, problems};
    if (root.is_map()) {
      Section section{root};
      if (const auto list = section.required("endpoints", "a list of endpoints")) {
        endpoints = read_list(*list);
      }
    } else {
      endpoints = read_list(root);
    }
  }
  if (!problems.all().empty()) return first_of(problems.all());
  return endpoints;
}

}  // namespace crossfade
