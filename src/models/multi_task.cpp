#include "models/multi_task.h"

#include <algorithm>

#include "base/text.h"
#include "models/feature_selection.h"
#include "models/multi_task_scorer.h"

namespace cascade {
namespace {

constexpr const char* kKind = "multi_task";

template <class T>
class MultiTask final : public Learnable<T> {
 public:
  MultiTask(const MultiTaskParams& params, const FeatureStore& store, std::vector<int> groups, Initialiser initialiser)
      : selected_(std::move(groups)),
        heads_(task_heads(params, store.schema())),
        outputs_(heads_.back().begin + heads_.back().width),
        embedding_("embedding", store.schema(), selected_, static_cast<std::size_t>(params.embedding_dim), params.init,
                   initialiser),
        interactions_(static_cast<std::size_t>(params.interactions), embedding_.columns(Side::user),
                      embedding_.columns(Side::item), initialiser),
        experts_(embedding_.cols() + interactions_.products(),
                 std::vector<std::size_t>(params.hidden.begin(), params.hidden.end()),
                 static_cast<std::size_t>(params.experts), heads_.size(), params.activation, initialiser),
        gradients_(heads_.size()) {
    for (const TaskHead& head : heads_) {
      std::vector<std::size_t> widths(params.tower_hidden.begin(), params.tower_hidden.end());
      widths.push_back(head.width);
      towers_.emplace_back("tower_" + head.name, experts_.out(), widths, params.activation, initialiser);
      if (!head.is_group()) towers_.back().last().set_bias(0, static_cast<T>(base_logit(store)));
    }
  }

  void forward(const Batch& batch, std::span<T> logits) override {
    const std::size_t rows = batch.rows.size();
    CASCADE_CHECK(logits.size() == rows * outputs_, "logits of another batch");
    input_.resize(rows, experts_in());
    embedding_.forward(batch, input_.data(), input_.cols());
    interactions_.forward(input_, embedding_.cols());
    experts_.forward(input_);
    for (std::size_t t = 0; t < heads_.size(); ++t) {
      const Matrix<T>& out = towers_[t].forward(experts_.mixed(t));
      for (std::size_t r = 0; r < rows; ++r)
        std::copy_n(out.row(r).data(), heads_[t].width, logits.data() + r * outputs_ + heads_[t].begin);
    }
  }

  void backward(std::span<const T> logit_gradients) override {
    const std::size_t rows = input_.rows();
    CASCADE_CHECK(logit_gradients.size() == rows * outputs_, "gradient of another batch");
    for (std::size_t t = 0; t < heads_.size(); ++t) {
      tower_gradient_.resize(rows, heads_[t].width);
      for (std::size_t r = 0; r < rows; ++r)
        std::copy_n(logit_gradients.data() + r * outputs_ + heads_[t].begin, heads_[t].width,
                    tower_gradient_.row(r).data());
      towers_[t].backward(experts_.mixed(t), tower_gradient_, gradients_[t]);
    }
    experts_.backward(input_, gradients_, input_gradient_);
    interactions_.backward(input_, input_gradient_, embedding_.cols());
    embedding_.backward(input_gradient_.data(), input_gradient_.cols());
  }

  std::vector<Parameter<T>> parameters() override {
    std::vector<Parameter<T>> all;
    embedding_.append_parameters(all);
    interactions_.append_parameters(all);
    experts_.append_parameters(all);
    for (Mlp<T>& tower : towers_) tower.append_parameters(all);
    return all;
  }

  void clear_gradients() override {
    embedding_.clear_gradients();
    interactions_.clear_gradients();
    experts_.clear_gradients();
    for (Mlp<T>& tower : towers_) tower.clear_gradients();
  }

  std::size_t outputs() const override { return outputs_; }

  double lookups_per_sample() const override { return embedding_.lookups(); }

  std::vector<FeatureEmbedding<T>*> embeddings() override { return {&embedding_}; }

  double flops_per_sample() const override {
    double forward = embedding_.flops() + interactions_.flops() + experts_.flops();
    for (const Mlp<T>& tower : towers_) forward += tower.flops();
    return 3 * forward;
  }

  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override {
    require_servable(store.schema(), selected_, kKind);
    return freeze_multi_task(MultiTaskParts<T>{selected_, embedding_, interactions_, experts_, towers_, heads_}, store);
  }

 private:
  std::size_t experts_in() const { return embedding_.cols() + interactions_.products(); }

  std::vector<int> selected_;
  std::vector<TaskHead> heads_;
  std::size_t outputs_;  ///< logits of a row
  FeatureEmbedding<T> embedding_;
  Interactions<T> interactions_;
  Experts<T> experts_;
  std::vector<Mlp<T>> towers_;  ///< by task
  Matrix<T> input_;             ///< [batch, experts_in()]
  Matrix<T> input_gradient_;
  Matrix<T> tower_gradient_;          ///< [batch, width of the head]
  std::vector<Matrix<T>> gradients_;  ///< of h_t: [tasks][batch, experts_.out()]
};

}  // namespace

void MultiTaskParams::fields(config::FieldVisitor& v) {
  GwenParams::fields(v);
  v.field("experts", experts, "networks of the layers `hidden`, mixed by a gate a task; 1: a shared bottom",
          config::between(1, 64));
  v.field("tower_hidden", tower_hidden, "hidden layers of each task's own network", config::between(1, 8192));
  v.field("tasks", tasks,
          "what is learned: click, conversion (of clicks), or privileged groups to be predicted after a click; the "
          "first is what the model's score is of");
  v.field("task_weight", task_weight, "weight of the loss of each task but the first", config::at_least(0));
}

std::vector<TaskHead> task_heads(const MultiTaskParams& params, const FeatureSchema& schema) {
  if (params.tasks.empty()) throw InputError("multi_task: there is no task to learn");
  std::vector<TaskHead> heads;
  std::size_t begin = 0;
  for (const std::string& name : params.tasks) {
    TaskHead head{name, begin, 1, 0};
    if (std::any_of(heads.begin(), heads.end(), [&](const TaskHead& other) { return other.name == name; }))
      throw InputError("multi_task: task '" + name + "' is named twice");
    if (head.is_group()) {
      const int group = schema.find(name);
      if (group < 0 || schema[group].side != Side::privileged) {
        std::vector<std::string> known = kTargetNames;
        for (const FeatureGroup& one : schema.groups())
          if (one.side == Side::privileged) known.push_back(one.name);
        throw InputError("multi_task: there is no task '" + name + "' (there are: " + join(known) + ")");
      }
      head.width = schema[group].cardinality;
      head.privileged = static_cast<std::size_t>(schema.place(group));
    }
    begin += head.width;
    heads.push_back(std::move(head));
  }
  if (heads.front().is_group())
    throw InputError("multi_task: the first task must be click or conversion, got '" + heads.front().name + "'");
  return heads;
}

template <class T>
std::unique_ptr<Learnable<T>> make_multi_task(const MultiTaskParams& params, const FeatureStore& store,
                                              std::uint64_t seed) {
  if (params.hidden.empty()) throw InputError("multi_task: experts need at least one hidden layer");
  return std::make_unique<MultiTask<T>>(params, store, select_groups(store.schema(), params.names(), kKind),
                                        Initialiser(seed));
}

template std::unique_ptr<Learnable<float>> make_multi_task(const MultiTaskParams&, const FeatureStore&, std::uint64_t);
template std::unique_ptr<Learnable<double>> make_multi_task(const MultiTaskParams&, const FeatureStore&, std::uint64_t);

}  // namespace cascade
