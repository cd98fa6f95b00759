#include "engine/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/rank_key.h"
#include "base/stats.h"
#include "base/text.h"
#include "engine/measure.h"
#include "metrics/ranking.h"

namespace cascade {

namespace {

/// Equal for stages that give the same list to the same candidates, up to where it is cut.
std::string order_text(const FunnelTree::Node& node) {
  std::string text = std::to_string(node.planned.scores_id);
  if (!node.planned.fitted.stage->nested()) text += " keep " + std::to_string(node.planned.keep);
  for (const BudgetParams& budget : {node.planned.budget, node.budget}) {
    text += "|";
    if (budget.enforce) text += number_text(budget.flops) + " " + number_text(budget.us);
  }
  if (node.planned.budget.enforce || node.budget.enforce)
    text += "|" + price_text(node.planned.hardware) + std::to_string(node.planned.shards);
  return text;
}

}  // namespace

Replay::Replay(const World& world, const FunnelTree& tree, std::vector<int> truth_at)
    : world_(world), tree_(tree), truth_at_(std::move(truth_at)), deepest_(tree.longest_page()) {
  for (const int k : truth_at_) deepest_ = std::max(deepest_, static_cast<std::size_t>(k));
  const std::vector<FunnelTree::Node>& nodes = tree.nodes();
  std::vector<std::vector<std::size_t>> children(nodes.size());
  std::map<std::string, std::size_t> root_of;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    counts_spending_ = counts_spending_ || nodes[n].budget.enforce;
    if (nodes[n].parent != FunnelTree::kNone) {
      children[nodes[n].parent].push_back(n);
      continue;
    }
    const auto [at, is_new] = root_of.emplace(order_text(nodes[n]), batches_.size());
    if (is_new) {
      roots_.push_back(batches_.size());
      batches_.emplace_back();
    }
    batches_[at->second].nodes.push_back(n);
  }
  group(children);
}

void Replay::group(const std::vector<std::vector<std::size_t>>& children) {
  const std::vector<FunnelTree::Node>& nodes = tree_.nodes();
  std::map<int, std::size_t> scorer_of;  // by scores_id
  for (std::size_t b = 0; b < batches_.size(); ++b) {
    std::vector<std::size_t> in_batch = batches_[b].nodes;
    std::stable_sort(in_batch.begin(), in_batch.end(),
                     [&](std::size_t x, std::size_t y) { return nodes[x].planned.keep < nodes[y].planned.keep; });
    std::vector<Batch::Next> next;
    std::map<std::size_t, std::size_t> next_of;  // by scorer
    bool only_leaves = true;
    for (std::size_t i = 0; i < in_batch.size(); ++i) {
      std::map<std::string, std::size_t> batch_of;
      for (const std::size_t child : children[in_batch[i]]) {
        only_leaves = false;
        const PlannedStage& planned = nodes[child].planned;
        std::size_t scorer = FunnelTree::kNone;
        if (planned.fitted.scoring != nullptr) {
          scorer = scorer_of.emplace(planned.scores_id, scorers_.size()).first->second;
          if (scorer == scorers_.size()) scorers_.push_back(planned.fitted.scoring);
        }
        const auto [at, is_new] = batch_of.emplace(order_text(nodes[child]), batches_.size());
        if (is_new) {
          batches_.emplace_back();
          const auto [place, is_new_scorer] = next_of.emplace(scorer, next.size());
          if (is_new_scorer) next.push_back({scorer, {}});
          next[place->second].steps.push_back({i, at->second});
        }
        batches_[at->second].nodes.push_back(child);
      }
    }
    batches_[b].nodes = std::move(in_batch);
    batches_[b].next = std::move(next);
    batches_[b].only_leaves = only_leaves;
  }
}

/// One request and one recalled list.
class RequestReplay {
 public:
  RequestReplay(const Replay& replay, ReplayBlock& block)
      : replay_(replay),
        nodes_(replay.tree_.nodes()),
        num_truths_(replay.truth_at_.size()),
        block_(block),
        tables_(replay.scorers_.size()),
        spent_(replay.counts_spending_ ? nodes_.size() : 0) {}

  void run(const Request& request, std::size_t row, const CandidateList& recalled, std::size_t root) {
    request_ = &request;
    row_ = row;
    recalled_ = &recalled;
    for (Table& table : tables_) table.scores.clear();
    value_.assign(recalled.size(), std::numeric_limits<float>::quiet_NaN());
    oracle_place_.resize(recalled.size());
    by_item_.clear();
    const std::vector<ScoredItem>& oracle = block_.oracle[row];
    for (std::size_t k = 0; k < oracle.size(); ++k)
      by_item_.emplace_back(oracle[k].item, static_cast<std::uint32_t>(k));
    std::sort(by_item_.begin(), by_item_.end());
    Order order;
    order.places.resize(recalled.size());
    for (std::size_t p = 0; p < order.places.size(); ++p) order.places[p] = static_cast<std::uint32_t>(p);
    order.scores = &recalled.scores;
    for (const std::size_t n : replay_.batches_[root].nodes) {
      block_.scored(row, n) = 0;
      if (replay_.counts_spending_)
        spent_[n] = used(nodes_[n].planned.fitted.work, 0, nodes_[n].budget.unit(), nodes_[n].planned.hardware);
    }
    visit(replay_.batches_[root], order);
  }

 private:
  struct Table {
    std::vector<float> scores;  ///< [recalled]; NaN: not scored; empty: none is
    std::vector<std::uint64_t> keys;
  };
  /// Candidates in the order of a stage, best first.
  struct Order {
    std::vector<std::uint32_t> places;  ///< in the list of recall
    const std::vector<float>* scores;   ///< [recalled] of the stage
  };

  const FunnelTree::Node& first_node(const Replay::Batch::Next::Step& step) const {
    return nodes_[replay_.batches_[step.batch].nodes[0]];
  }

  /// Candidates out of n that the stage of a node can afford to score.
  std::size_t affordable_of(const FunnelTree::Node& node, std::size_t n) const {
    const PlannedStage& stage = node.planned;
    if (stage.budget.enforce)
      n = affordable(stage.fitted.work, n, stage.budget.unit(), stage.budget.limit(), stage.hardware, stage.shards);
    if (node.budget.enforce)
      n = affordable(stage.fitted.work, n, node.budget.unit(), std::max(0.0, node.budget.limit() - spent_[node.parent]),
                     stage.hardware, stage.shards);
    return n;
  }

  /// `order` is what the stages of this batch make of their candidates, uncut.
  void visit(const Replay::Batch& batch, const Order& order) {
    std::size_t longest = 0;
    for (const std::size_t n : batch.nodes) {
      const std::size_t out = std::min(nodes_[n].planned.keep, order.places.size());
      block_.out(row_, n) = static_cast<std::uint32_t>(out);
      if (nodes_[n].leaf != FunnelTree::kNone) longest = std::max(longest, out);
    }
    if (longest > 0) {
      page_.assign(order.places.begin(), order.places.begin() + static_cast<std::ptrdiff_t>(longest));
      add_up(0);
    }
    for (const std::size_t n : batch.nodes)
      if (nodes_[n].leaf != FunnelTree::kNone) emit(n);
    for (const Replay::Batch::Next& next : batch.next) {
      std::vector<std::size_t> counts;  // [steps] candidates that are looked at
      for (const auto& step : next.steps)
        counts.push_back(affordable_of(first_node(step), block_.out(row_, batch.nodes[step.from])));
      note(next, counts);
      if (next.scorer == FunnelTree::kNone)
        for (std::size_t s = 0; s < counts.size(); ++s) run_stage(next.steps[s], order, counts[s]);
      else
        rank(next, order, counts);
    }
  }

  void note(const Replay::Batch::Next& next, std::span<const std::size_t> counts) {
    for (std::size_t s = 0; s < counts.size(); ++s) {
      for (const std::size_t n : replay_.batches_[next.steps[s].batch].nodes) {
        block_.scored(row_, n) = static_cast<std::uint32_t>(counts[s]);
        if (!replay_.counts_spending_) continue;
        const PlannedStage& stage = nodes_[n].planned;
        const Work done = stage_work(stage, counts[s]);
        spent_[n] = spent_[nodes_[n].parent] + stage_used(stage, done, counts[s], nodes_[n].budget.unit());
      }
    }
  }

  void run_stage(const Replay::Batch::Next::Step& step, const Order& order, std::size_t count) {
    const Replay::Batch& batch = replay_.batches_[step.batch];
    CandidateList list;
    std::vector<std::pair<ItemId, std::uint32_t>> place_of;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t p = order.places[i];
      list.items.push_back(recalled_->items[p]);
      list.scores.push_back((*order.scores)[p]);
      if (!recalled_->channel.empty()) list.channel.push_back(recalled_->channel[p]);
      place_of.emplace_back(recalled_->items[p], p);
    }
    std::sort(place_of.begin(), place_of.end());
    const PlannedStage& widest = nodes_[batch.nodes.back()].planned;
    const CandidateBlock in(1, list);
    CandidateBlock out;
    widest.fitted.stage->run(std::span<const Request>(request_, 1), &in, widest.keep, out);
    Order chosen;
    std::vector<float> scores(recalled_->size());
    for (std::size_t i = 0; i < out[0].size(); ++i) {
      const auto at =
          std::lower_bound(place_of.begin(), place_of.end(), std::pair<ItemId, std::uint32_t>(out[0].items[i], 0));
      CASCADE_CHECK(at != place_of.end() && at->first == out[0].items[i],
                    "a stage passed on an item that it did not get");
      chosen.places.push_back(at->second);
      scores[at->second] = out[0].scores[i];
    }
    chosen.scores = &scores;
    visit(batch, chosen);
  }

  /// Ranks the first counts[s] candidates by the scorer, for every step s.
  void rank(const Replay::Batch::Next& next, const Order& order, std::span<const std::size_t> counts) {
    const std::size_t most = *std::max_element(counts.begin(), counts.end());
    Table& table = scored(next.scorer, std::span(order.places).first(most));
    std::vector<std::size_t> last;  // steps after which funnels end
    bool sorted = false;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> by_score;  // (key, place in `order`), best first
    for (std::size_t s = 0; s < counts.size(); ++s) {
      const Replay::Batch& batch = replay_.batches_[next.steps[s].batch];
      if (batch.only_leaves) {
        last.push_back(s);
        continue;
      }
      if (!sorted) {
        for (std::size_t i = 0; i < most; ++i)
          by_score.emplace_back(table.keys[order.places[i]], static_cast<std::uint32_t>(i));
        std::sort(by_score.begin(), by_score.end(), std::greater<>());
        sorted = true;
      }
      const std::size_t widest = nodes_[batch.nodes.back()].planned.keep;
      Order ranked;
      for (const auto& [key, i] : by_score) {
        if (ranked.places.size() == widest) break;
        if (i < counts[s]) ranked.places.push_back(order.places[i]);
      }
      ranked.scores = &table.scores;
      visit(batch, ranked);
    }
    if (!last.empty()) grow_pages(next, order, counts, std::move(last));
  }

  /// The last stage: its page as candidate after candidate comes in, read off where a step has as many as it gets.
  void grow_pages(const Replay::Batch::Next& next, const Order& order, std::span<const std::size_t> counts,
                  std::vector<std::size_t> steps) {
    std::stable_sort(steps.begin(), steps.end(), [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
    std::size_t longest = 0;
    for (const std::size_t s : steps)
      longest = std::max(longest, nodes_[replay_.batches_[next.steps[s].batch].nodes.back()].planned.keep);
    const std::vector<std::uint64_t>& keys = tables_[next.scorer].keys;
    page_.clear();
    add_up(0);
    std::size_t changed = 0;  // the page is added up to here
    std::size_t seen = 0;
    for (const std::size_t s : steps) {
      for (; seen < counts[s]; ++seen) {
        const std::uint32_t p = order.places[seen];
        if (page_.size() == longest && keys[p] < keys[page_.back()]) continue;
        if (page_.size() == longest) page_.pop_back();
        const auto at = std::upper_bound(page_.begin(), page_.end(), p,
                                         [&](std::uint32_t a, std::uint32_t b) { return keys[a] > keys[b]; });
        changed = std::min(changed, static_cast<std::size_t>(at - page_.begin()));
        page_.insert(at, p);
      }
      if (changed < page_.size()) add_up(changed);
      changed = page_.size();
      for (const std::size_t n : replay_.batches_[next.steps[s].batch].nodes) {
        block_.out(row_, n) = static_cast<std::uint32_t>(std::min(nodes_[n].planned.keep, page_.size()));
        emit(n);
      }
    }
  }

  /// Brings what the first items of the page are worth up to date, from item `from` on.
  void add_up(std::size_t from) {
    worth_.resize(page_.size() + 1);
    hits_.resize((page_.size() + 1) * num_truths_);
    worth_[0] = 0;
    std::fill_n(hits_.begin(), num_truths_, 0U);
    for (std::size_t i = from; i < page_.size(); ++i) {
      const std::uint32_t p = page_[i];
      if (std::isnan(value_[p])) look_up(p);
      worth_[i + 1] = worth_[i] + static_cast<double>(value_[p]);
      for (std::size_t k = 0; k < num_truths_; ++k)
        hits_[(i + 1) * num_truths_ + k] =
            hits_[i * num_truths_ + k] +
            (oracle_place_[p] < static_cast<std::uint32_t>(replay_.truth_at_[k]) ? 1U : 0U);
    }
  }

  void look_up(std::uint32_t p) {
    const ItemId item = recalled_->items[p];
    replay_.world_.true_value(*request_, std::span(&item, 1), std::span(&value_[p], 1));
    const auto at = std::lower_bound(by_item_.begin(), by_item_.end(), std::pair<ItemId, std::uint32_t>(item, 0));
    oracle_place_[p] =
        at != by_item_.end() && at->first == item ? at->second : std::numeric_limits<std::uint32_t>::max();
  }

  void emit(std::size_t node) {
    const std::size_t leaf = nodes_[node].leaf;
    const std::size_t out = block_.out(row_, node);
    block_.value(row_, leaf) = worth_[out];
    for (std::size_t k = 0; k < num_truths_; ++k)
      block_.hits(row_, leaf * num_truths_ + k) = hits_[out * num_truths_ + k];
  }

  /// The table of a scorer with these candidates in it.
  Table& scored(std::size_t scorer, std::span<const std::uint32_t> places) {
    Table& table = tables_[scorer];
    if (table.scores.empty()) {
      table.scores.assign(recalled_->size(), std::numeric_limits<float>::quiet_NaN());
      table.keys.resize(recalled_->size());
    }
    missing_.clear();
    for (const std::uint32_t p : places)
      if (std::isnan(table.scores[p])) missing_.push_back(p);
    if (missing_.empty()) return table;
    items_.clear();
    for (const std::uint32_t p : missing_) items_.push_back(recalled_->items[p]);
    fresh_.resize(items_.size());
    const ScoringStage& stage = *replay_.scorers_[scorer];
    stage.scores(*request_, items_, fresh_);
    for (std::size_t k = 0; k < missing_.size(); ++k) {
      table.scores[missing_[k]] = fresh_[k];
      table.keys[missing_[k]] = rank_key(fresh_[k], items_[k]);
    }
    return table;
  }

  const Replay& replay_;
  const std::vector<FunnelTree::Node>& nodes_;
  std::size_t num_truths_;
  ReplayBlock& block_;
  std::vector<Table> tables_;  ///< [scorers]
  std::vector<double> spent_;  ///< [nodes] of the whole request's budget
  const Request* request_ = nullptr;
  std::size_t row_ = 0;
  const CandidateList* recalled_ = nullptr;
  std::vector<float> value_;                 ///< [recalled] true value; NaN: not looked up
  std::vector<std::uint32_t> oracle_place_;  ///< [recalled] where `value_` is known: place in the oracle's list
  std::vector<std::pair<ItemId, std::uint32_t>> by_item_;  ///< the oracle's items with their places
  std::vector<std::uint32_t> page_;                        ///< places of the page's items, best first
  std::vector<double> worth_;                              ///< [page + 1] of the first items
  std::vector<std::uint32_t> hits_;                        ///< [page + 1, truths]
  std::vector<std::uint32_t> missing_;
  std::vector<ItemId> items_;
  std::vector<float> fresh_;
};

void Replay::run(std::span<const Request> requests, ReplayBlock& block) const {
  const std::size_t n = requests.size();
  block.value.resize(n, tree_.num_leaves());
  block.hits.resize(n, tree_.num_leaves() * truth_at_.size());
  block.scored.resize(n, tree_.nodes().size());
  block.out.resize(n, tree_.nodes().size());
  block.oracle.assign(n, {});
  world_.top_by_value(requests, deepest_, block.oracle);
  RequestReplay replay(*this, block);
  for (const std::size_t root : roots_) {
    const PlannedStage& widest = tree_.nodes()[batches_[root].nodes.back()].planned;
    CandidateBlock recalled;
    widest.fitted.stage->run(requests, nullptr, widest.keep, recalled);
    for (std::size_t r = 0; r < n; ++r) replay.run(requests[r], r, recalled[r], root);
  }
}

std::vector<std::string> Replay::columns(const Scenario& scenario) {
  std::vector<std::string> columns = {"value", rate_name(scenario.world.value), "regret"};
  for (const int k : scenario.evaluate.truth_at) columns.push_back("joint_recall@" + std::to_string(k));
  for (const char* name : {"flops", "compute_us", "latency_us", "value_per_compute"}) columns.emplace_back(name);
  return columns;
}

double Replay::joint_recall(std::size_t funnel, std::size_t n, const ReplayBlock& block, std::size_t r) const {
  const std::size_t top = std::min(static_cast<std::size_t>(truth_at_[n]), block.oracle[r].size());
  const std::size_t leaf = tree_.funnels()[funnel].leaf;
  return static_cast<double>(block.hits(r, leaf * truth_at_.size() + n)) / static_cast<double>(top);
}

double Replay::oracle_value(std::size_t funnel, const ReplayBlock& block, std::size_t r) const {
  const std::size_t page = tree_.nodes()[tree_.funnels()[funnel].nodes.back()].planned.keep;
  double sum = 0;
  for (std::size_t k = 0; k < std::min(page, block.oracle[r].size()); ++k)
    sum += static_cast<double>(block.oracle[r][k].score);
  return sum;
}

Work Replay::work(std::size_t funnel, std::size_t j, const ReplayBlock& block, std::size_t r) const {
  const std::size_t node = tree_.funnels()[funnel].nodes[j];
  const PlannedStage& stage = tree_.nodes()[node].planned;
  return j == 0 ? stage.fitted.work.per_request : stage_work(stage, block.scored(r, node));
}

Replay::Cost Replay::cost(std::size_t funnel, const ReplayBlock& block, std::size_t r) const {
  Cost total;
  const FunnelTree::Funnel& f = tree_.funnels()[funnel];
  for (std::size_t j = 0; j < f.nodes.size(); ++j) {
    const Work done = work(funnel, j, block, r);
    const std::size_t scored = j == 0 ? 0 : block.scored(r, f.nodes[j]);
    const Price one = stage_price(tree_.nodes()[f.nodes[j]].planned, tree_.hardware(f.hardware[j]), done, scored);
    total.flops += done.flops;
    total.compute_us += one.compute_us;
    total.latency_us += one.latency_us;
  }
  return total;
}

void Replay::outcome(const Scenario& scenario, std::size_t funnel, const ReplayBlock& block, std::size_t r,
                     std::span<double> row) const {
  const FunnelTree::Funnel& f = tree_.funnels()[funnel];
  const double value = block.value(r, f.leaf);
  const std::uint32_t shown = block.out(r, f.nodes.back());
  const double scale = scenario.world.value == Value::ecpm ? 1000 : 1;
  row[0] = value;
  row[1] = shown > 0 ? scale * value / static_cast<double>(shown) : kNaN;
  row[2] = regret(value, oracle_value(funnel, block, r));
  std::size_t c = 3;
  for (std::size_t n = 0; n < truth_at_.size(); ++n) row[c++] = joint_recall(funnel, n, block, r);
  const Cost total = cost(funnel, block, r);
  row[c++] = total.flops;
  row[c++] = total.compute_us;
  row[c++] = total.latency_us;
  row[c++] = total.compute_us > 0 ? value / (total.compute_us / 1000) : kNaN;
}

double Replay::block_bytes(std::size_t nodes, std::size_t leaves, std::size_t truths) {
  return static_cast<double>(kRequestBlock) *
         (static_cast<double>(leaves) * (8 + 4 * static_cast<double>(truths)) + 8 * static_cast<double>(nodes));
}

}  // namespace cascade
