#pragma once

// YAML or JSON text -> a bounded tree of values that know their places. Pure; yaml-cpp ends here.
// Of YAML it takes one document of maps with text keys, lists, scalars and aliases; merge keys and
// tags mean nothing.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/key_path.h"

namespace crossfade {

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  int line = 0;  // from 1
  int column = 0;
  std::string text;             // kScalar
  std::vector<YamlNode> items;  // kList
  std::vector<Entry> entries;   // kMap, in the order of the text, no key twice

  const YamlNode* find(std::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  int line = 0;
  int column = 0;
  YamlNode value;
};

struct YamlProblem {
  int line = 0;
  int column = 0;
  KeyPath path;
  std::string message;
};

struct YamlDocument {
  YamlNode root;
  std::vector<YamlProblem>
      problems;           // duplicate keys, then the syntax error that ended reading, if any
  bool is_whole = false;  // false: reading ended early; root is not to be used
};

// Never throws for any text. Bounds: limits::kYamlDepthMax, kYamlNodesMax and one node per byte of
// text, so that aliases of aliases cannot blow a small text up.
YamlDocument read_yaml(std::string_view text);

}  // namespace crossfade
