#include "config/yaml_reader.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/limits.h"
#include "config/quote.h"

namespace crossfade {
namespace {

// Builds the tree from the parser's events. Stops the parser by throwing what the parser itself
// throws.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(YamlDocument& document, std::size_t nodes_max)
      : document_{document}, nodes_max_{nodes_max} {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail(mark, "expected a single YAML document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, node_at(mark, YamlNode::Kind::kNull));
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& text) override {
    if (text.size() > limits::kValueBytesMax) {
      fail(mark, "expected at most " + std::to_string(limits::kValueBytesMax) +
                     " bytes of text in one value");
    }
    YamlNode node = node_at(mark, YamlNode::Kind::kScalar);
    node.text = text;
    add(mark, anchor, std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto anchored = anchored_.find(anchor);
    if (anchored == anchored_.end()) {
      fail(mark, "expected an alias of something that is complete, not of itself");
    }
    count_nodes(mark, anchored->second);
    add(mark, 0, anchored->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  KeyPath path() const {
    KeyPath path;
    for (const Open& open : open_) {
      if (open.key) path = path / open.key->key;
      if (open.node.kind == YamlNode::Kind::kList) path = path / open.node.items.size();
    }
    return path;
  }

 private:
  // A list or map whose end has not come yet.
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode::Entry> key = {};    // kMap: waits for its value
    std::unordered_set<std::string> seen = {};  // kMap
  };

  [[noreturn]] static void fail(const YAML::Mark& mark, const std::string& message) {
    throw YAML::ParserException(mark, message);
  }

  static YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void count_nodes(const YAML::Mark& mark, const YamlNode& node) {
    if (++nodes_ > nodes_max_) {
      fail(mark, "expected fewer values: aliases make this document too large");
    }
    for (const YamlNode& item : node.items) count_nodes(mark, item);
    for (const YamlNode::Entry& entry : node.entries) count_nodes(mark, entry.value);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (open_.size() == limits::kYamlDepthMax) {
      fail(mark,
           "expected at most " + std::to_string(limits::kYamlDepthMax) + " levels of nesting");
    }
    if (is_key_expected()) fail(mark, "expected text as a key");
    open_.push_back({node_at(mark, kind), anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const YAML::Mark nowhere;  // a list or map is never a key: add() does not ask where it is
    add(nowhere, done.anchor, std::move(done.node));
  }

  bool is_key_expected() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap && !open_.back().key;
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    if (++nodes_ > nodes_max_) fail(mark, "expected fewer values: this document is too large");
    if (anchor != 0) {
      count_nodes(mark, node);  // the copy kept for aliases
      anchored_[anchor] = node;
    }
    if (open_.empty()) {
      document_.root = std::move(node);
    } else if (is_key_expected()) {
      add_key(mark, std::move(node));
    } else if (Open& parent = open_.back(); parent.node.kind == YamlNode::Kind::kMap) {
      parent.key->value = std::move(node);
      if (parent.seen.insert(parent.key->key).second) {
        parent.node.entries.push_back(*std::move(parent.key));
      }
      parent.key.reset();
    } else {
      parent.node.items.push_back(std::move(node));
    }
  }

  void add_key(const YAML::Mark& mark, YamlNode node) {
    if (node.kind != YamlNode::Kind::kScalar) fail(mark, "expected text as a key");
    Open& parent = open_.back();
    if (parent.seen.contains(node.text)) {
      document_.problems.push_back(
          {node.line, node.column, path() / node.text, "expected each key once, found it again"});
    }
    parent.key = {std::move(node.text), node.line, node.column, {}};
  }

  YamlDocument& document_;
  std::size_t nodes_max_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchored_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto same = [&](const Entry& entry) { return entry.key == key; };
  const auto found = std::find_if(entries.begin(), entries.end(), same);
  return found == entries.end() ? nullptr : &found->value;
}

YamlDocument read_yaml(std::string_view text) {
  YamlDocument document;
  document.root.line = document.root.column = 1;  // of an empty text
  TreeBuilder builder{document, std::min(limits::kYamlNodesMax, text.size() + 8)};
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
    document.is_whole = true;
  } catch (const YAML::Exception& error) {
    const std::string prefix = error.msg.starts_with("expected") ? "" : "not valid YAML: ";
    document.problems.push_back(
        {error.mark.line + 1, error.mark.column + 1, builder.path(), prefix + error.msg});
  } catch (const std::exception& error) {  // yaml-cpp lets some of the standard library's through
    document.problems.push_back({0, 0, builder.path(), "not valid YAML: " + quote(error.what())});
  }
  return document;
}

}  // namespace crossfade
