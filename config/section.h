#pragma once

// How typed values are read out of the YAML tree: a Field is one value and its place, a Section is
// a map of fields that knows which keys were asked for. Mistakes are collected, never thrown:
// reading goes on with the default.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/key_path.h"
#include "config/yaml_reader.h"

namespace crossfade {

// Every mistake found so far.
class Problems {
 public:
  void add(int line, int column, const KeyPath& path, std::string message);
  const std::vector<YamlProblem>& all() const { return all_; }

 private:
  std::vector<YamlProblem> all_;
};

struct Field {
  const YamlNode& node;
  KeyPath path;
  Problems& problems;

  bool is_text() const { return node.kind == YamlNode::Kind::kScalar; }
  bool is_map() const { return node.kind == YamlNode::Kind::kMap; }
  void wrong(std::string message) const;
  void expected(std::string_view what) const;  // "expected <what>, found <what is there>"
};

// Requires: `field` outlives the Section.
class Section {
 public:
  // A problem unless the value is a map; nothing at all counts as an empty one.
  explicit Section(const Field& field);
  // Every key that was not asked for is unknown: a problem that names the nearest known one.
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  std::optional<Field> find(std::string_view key);  // absent: the key is
  std::optional<Field> required(std::string_view key,
                                std::string_view what);  // a problem when absent

  // Sets `target` when the key is there and `read`, an optional<T>(const Field&), accepts its
  // value.
  template <class T, class Read>
  void read(std::string_view key, T& target, const Read& read) {
    const auto field = find(key);
    if (!field) return;
    if (auto value = read(*field)) target = *std::move(value);
  }

 private:
  const Field& field_;
  std::vector<std::string_view> known_;
};

// The elements of a list; a problem unless it is one of at most `max`.
std::vector<Field> elements(const Field& field, std::size_t max, std::string_view what);

// The entries of a map whose keys are the operator's own names; a problem unless it is one of at
// most `max`.
struct NamedField {
  const YamlNode::Entry& entry;
  Field value;
  const std::string& name() const { return entry.key; }
  void wrong_name(std::string message) const;  // a problem at the key instead of the value
};
std::vector<NamedField> named_fields(const Field& field, std::size_t max, std::string_view what);

}  // namespace crossfade
