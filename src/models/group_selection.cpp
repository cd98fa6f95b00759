#include "models/group_selection.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.h"
#include "config/writer.h"
#include "config/yaml_text.h"
#include "cost/hardware.h"
#include "models/cold.h"
#include "models/feature_selection.h"

namespace cascade {
namespace {

constexpr double kCandidatesARequest = 1000;

bool holds(std::span<const int> groups, int group) {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

void GroupSelectionParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 2> kSelectBy = {"importance", "importance_per_cost"};
  v.field("select_groups", select_groups,
          "K: train once with squeeze-excitation, keep the K best groups of select_from, train again on them; 0: keep "
          "all groups, train once",
          config::between(0, 1000));
  v.field("select_from", select_from, "feature groups or sides to choose from; all others are always kept");
  v.choose("select_by", select_by, kSelectBy,
           "what groups are ranked by: the mean weight of the group over the samples, or that per unit of its cost");
  v.choose("se", se, squeeze_form_names(),
           "weights of the groups. paper: sigmoid(w . e_i + b); talk: sigmoid(W [e_1 .. e_M] + b)");
}

double group_cost(const FeatureSchema& schema, int group, std::size_t width, std::size_t first_layer) {
  Work work = feature_work(schema, {&group, 1}, schema[group].side, width);
  work.flops += 2 * static_cast<double>(width * first_layer);
  const HardwareParams core;
  const double ns = work.flops / core.gflops + work.bytes / core.gbytes_per_s;
  return schema[group].side == Side::user ? ns / kCandidatesARequest : ns;
}

std::vector<std::size_t> highest_positions(std::span<const double> values, std::size_t count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  order.resize(std::min(count, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

GroupSelector::GroupSelector(std::string kind, const GwenParams& network, const GroupSelectionParams& selection,
                             const FeatureStore& store, std::uint64_t seed)
    : kind_(std::move(kind)), params_(network), selection_(selection), store_(store), seed_(seed) {
  const std::vector<int> groups = cascade::select_groups(store.schema(), params_.names(), kind_);
  for (const int group : cascade::select_groups(store.schema(), selection.select_from, kind_ + ", select_from"))
    if (holds(groups, group)) ranked_.push_back(group);
  if (ranked_.empty())
    throw InputError(kind_ + ": none of the groups to choose from (select_from: " + join(selection.select_from) +
                     ") is among the model's groups");
}

std::unique_ptr<WeighingNetwork<float>> GroupSelector::weighing_network() const {
  return make_weighing_gwen<float>(kind_, params_, selection_.se, store_, seed_);
}

std::string GroupSelector::weighing_text() const {
  ColdParams weighing;
  static_cast<GwenParams&>(weighing) = params_;
  weighing.selection.se = selection_.se;
  return kind_ + " " + config::flow_text(config::to_node(weighing));
}

std::vector<int> GroupSelector::choose(std::span<const double> importance) const {
  CASCADE_CHECK(importance.size() == ranked_.size(), "one importance a group");
  std::vector<double> values(importance.begin(), importance.end());
  const std::size_t first_layer = params_.hidden.empty() ? 1 : static_cast<std::size_t>(params_.hidden.front());
  if (selection_.select_by == SelectBy::importance_per_cost)
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] /=
          group_cost(store_.schema(), ranked_[k], static_cast<std::size_t>(params_.embedding_dim), first_layer);
  std::vector<int> chosen;
  for (const std::size_t k : highest_positions(values, static_cast<std::size_t>(selection_.select_groups)))
    chosen.push_back(ranked_[k]);
  return chosen;
}

std::unique_ptr<Learnable<float>> GroupSelector::network_on(std::span<const int> chosen) const {
  GwenParams params = params_;
  params.groups.clear();
  for (const int group : cascade::select_groups(store_.schema(), params_.names(), kind_))
    if (holds(chosen, group) || !holds(ranked_, group)) params.groups.push_back(store_.schema()[group].name);
  return make_gwen<float>(kind_, params, store_, seed_);
}

}  // namespace cascade
