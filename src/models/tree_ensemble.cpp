#include "models/tree_ensemble.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "base/errors.h"
#include "models/feature_selection.h"

namespace cascade {
namespace {

/// Takes apart one line of a dump; every step says what it expects.
class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}
  void expect(std::string_view word) {
    CASCADE_CHECK(text_.starts_with(word), "not a tree: " + std::string(text_));
    text_.remove_prefix(word.size());
  }
  bool at(std::string_view word) const { return text_.starts_with(word); }
  template <class Number>
  Number number() {
    Number value{};
    const auto parsed = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    CASCADE_CHECK(parsed.ec == std::errc(), "not a tree: " + std::string(text_));
    text_.remove_prefix(static_cast<std::size_t>(parsed.ptr - text_.data()));
    return value;
  }

 private:
  std::string_view text_;
};

float as_number(std::uint32_t value) {
  return value == kNoValue ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value);
}

class TreeScorer final : public Scorer {
 public:
  TreeScorer(const TreeInputs& inputs, std::vector<Tree> trees, double slope, double intercept, ScorerWork work)
      : inputs_(inputs), trees_(std::move(trees)), slope_(slope), intercept_(intercept), work_(work) {}

  void score(const CandidateFeatures& x, std::span<float> logits) const override {
    Matrix<float> rows(x.items().size(), inputs_.width());
    inputs_.fill(x, rows);
    for (std::size_t k = 0; k < rows.rows(); ++k)
      logits[k] = static_cast<float>(slope_ * static_cast<double>(sum_of_trees(trees_, rows.row(k))) + intercept_);
  }

  ScorerWork work() const override { return work_; }

  std::string bytes() const {
    ByteWriter writer;
    writer.number(slope_);
    writer.number(intercept_);
    visit_list(writer, trees_, [&](const Tree& tree) { Tree::visit(writer, tree); });
    return writer.take();
  }

 private:
  TreeInputs inputs_;
  std::vector<Tree> trees_;
  double slope_;
  double intercept_;
  ScorerWork work_;
};

}  // namespace

Tree Tree::parse(std::string_view text) {
  Tree tree;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    one.remove_prefix(std::min(one.find_first_not_of('\t'), one.size()));
    if (one.empty()) continue;
    Line line(one);
    const auto id = line.number<std::size_t>();
    line.expect(":");
    if (tree.nodes_.size() <= id) tree.nodes_.resize(id + 1);
    Node& node = tree.nodes_[id];
    node.leaf = line.at("leaf=");
    if (node.leaf) {
      line.expect("leaf=");
      node.value = line.number<float>();
      continue;
    }
    line.expect("[f");
    node.feature = line.number<std::uint32_t>();
    line.expect("<");
    node.value = line.number<float>();
    line.expect("] yes=");
    node.yes = line.number<std::uint32_t>();
    line.expect(",no=");
    node.no = line.number<std::uint32_t>();
    line.expect(",missing=");
    node.missing = line.number<std::uint32_t>();
  }
  CASCADE_CHECK(!tree.nodes_.empty(), "not a tree: no nodes");
  for (const Node& node : tree.nodes_)
    CASCADE_CHECK(node.leaf || std::max({node.yes, node.no, node.missing}) < tree.nodes_.size(),
                  "not a tree: a branch leads nowhere");
  return tree;
}

float Tree::value(std::span<const float> row) const {
  std::size_t at = 0;
  while (!nodes_[at].leaf) {
    const Node& node = nodes_[at];
    const float x = row[node.feature];
    at = std::isnan(x) ? node.missing : x < node.value ? node.yes : node.no;
  }
  return nodes_[at].value;
}

float sum_of_trees(std::span<const Tree> trees, std::span<const float> row) {
  float sum = 0;
  for (const Tree& tree : trees) sum += tree.value(row);
  return sum;
}

TreeInputs::TreeInputs(const FeatureStore& store, std::vector<int> groups)
    : store_(store), groups_(std::move(groups)) {}

void TreeInputs::fill(const LogTable& log, std::size_t row, std::span<float> out) const {
  const FeatureSchema& schema = store_.schema();
  for (std::size_t f = 0; f < groups_.size(); ++f) {
    const int g = groups_[f];
    switch (schema[g].side) {
      case Side::user:
        out[f] = as_number(store_.values(g, log.user[row])[0]);
        break;
      case Side::item:
        out[f] = as_number(store_.values(g, log.item[row])[0]);
        break;
      default:
        out[f] = static_cast<float>(log.cross[static_cast<std::size_t>(schema.place(g))][row]);
    }
  }
}

void TreeInputs::fill(const CandidateFeatures& x, Matrix<float>& out) const {
  const FeatureStore& store = x.store();
  for (std::size_t f = 0; f < groups_.size(); ++f) {
    const int g = groups_[f];
    switch (store.schema()[g].side) {
      case Side::user: {
        const float value = as_number(store.values(g, x.user())[0]);
        for (std::size_t k = 0; k < x.items().size(); ++k) out(k, f) = value;
        break;
      }
      case Side::item:
        for (std::size_t k = 0; k < x.items().size(); ++k) out(k, f) = as_number(store.values(g, x.items()[k])[0]);
        break;
      default: {
        const auto values = x.cross(g);
        for (std::size_t k = 0; k < x.items().size(); ++k) out(k, f) = as_number(values[k]);
      }
    }
  }
}

ScorerWork TreeInputs::work() const {
  ScorerWork work;
  work.per_request = feature_work(store_.schema(), groups_, Side::user, 1);
  work.per_candidate = feature_work(store_.schema(), groups_, Side::item, 1);
  work.per_candidate += feature_work(store_.schema(), groups_, Side::cross, 1);
  work.per_candidate.items = 1;
  return work;
}

std::unique_ptr<Scorer> make_tree_scorer(const TreeInputs& inputs, std::vector<Tree> trees, double slope,
                                         double intercept, int rounds, int depth) {
  constexpr double kNodeBytes = 16;
  ScorerWork work = inputs.work();
  const double comparisons = static_cast<double>(rounds) * depth;
  work.per_candidate += Work{0, comparisons + rounds, kNodeBytes * comparisons};
  return std::make_unique<TreeScorer>(inputs, std::move(trees), slope, intercept, work);
}

std::string tree_scorer_bytes(const Scorer& scorer) {
  const auto* trees = dynamic_cast<const TreeScorer*>(&scorer);
  CASCADE_CHECK(trees != nullptr, "a scorer without trees");
  return trees->bytes();
}

std::unique_ptr<Scorer> tree_scorer_of(const TreeInputs& inputs, std::string_view bytes, int rounds, int depth) {
  ByteReader reader(bytes);
  double slope = 0;
  double intercept = 0;
  std::vector<Tree> trees;
  reader.number(slope);
  reader.number(intercept);
  visit_list(reader, trees, [&](Tree& tree) { Tree::visit(reader, tree); });
  return make_tree_scorer(inputs, std::move(trees), slope, intercept, rounds, depth);
}

}  // namespace cascade
