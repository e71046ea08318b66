#include "config/section.h"

#include <algorithm>

#include "config/limits.h"
#include "config/nearest.h"
#include "config/quote.h"

namespace crossfade {
namespace {

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return quote(node.text);
    case YamlNode::Kind::kList: return "a list";
    case YamlNode::Kind::kMap: return "a map";
  }
  return "something else";
}

std::string at_most(std::size_t max, std::string_view what) {
  return "expected at most " + std::to_string(max) + " " + std::string(what);
}

}  // namespace

void Problems::add(int line, int column, const KeyPath& path, std::string message) {
  if (all_.size() < limits::kConfigErrorsMax) {
    all_.push_back({line, column, path, std::move(message)});
  }
}

void Field::wrong(std::string message) const {
  problems.add(node.line, node.column, path, std::move(message));
}

void Field::expected(std::string_view what) const {
  wrong("expected " + std::string(what) + ", found " + describe(node));
}

Section::Section(const Field& field) : field_{field} {
  const auto kind = field.node.kind;
  if (kind != YamlNode::Kind::kMap && kind != YamlNode::Kind::kNull) {
    field.expected("a map of keys and values");
  }
}

Section::~Section() {
  for (const YamlNode::Entry& entry : field_.node.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const std::string_view meant = nearest(entry.key, known_);
    std::string message = "unknown key";
    if (!meant.empty()) message += ", did you mean " + quote(meant) + "?";
    field_.problems.add(entry.line, entry.column, field_.path / entry.key, std::move(message));
  }
}

std::optional<Field> Section::find(std::string_view key) {
  known_.push_back(key);
  const YamlNode* node = field_.node.find(key);
  if (node == nullptr) return {};
  return Field{*node, field_.path / key, field_.problems};
}

std::optional<Field> Section::required(std::string_view key, std::string_view what) {
  auto field = find(key);
  if (!field) {
    field_.problems.add(field_.node.line, field_.node.column, field_.path / key,
                        "missing, expected " + std::string(what));
  }
  return field;
}

std::vector<Field> elements(const Field& field, std::size_t max, std::string_view what) {
  std::vector<Field> fields;
  if (field.node.kind != YamlNode::Kind::kList) {
    field.expected("a list of " + std::string(what));
  } else if (field.node.items.size() > max) {
    field.wrong(at_most(max, what));
  } else {
    for (const YamlNode& item : field.node.items) {
      fields.push_back({item, field.path / fields.size(), field.problems});
    }
  }
  return fields;
}

void NamedField::wrong_name(std::string message) const {
  value.problems.add(entry.line, entry.column, value.path, std::move(message));
}

std::vector<NamedField> named_fields(const Field& field, std::size_t max, std::string_view what) {
  std::vector<NamedField> fields;
  if (field.node.kind == YamlNode::Kind::kNull) return fields;
  if (!field.is_map()) {
    field.expected("a map of " + std::string(what));
  } else if (field.node.entries.size() > max) {
    field.wrong(at_most(max, what));
  } else {
    for (const YamlNode::Entry& entry : field.node.entries) {
      fields.push_back({entry, {entry.value, field.path / entry.key, field.problems}});
    }
  }
  return fields;
}

}  // namespace crossfade
