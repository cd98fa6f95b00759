#include "train/online.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/rng.h"
#include "train/losses.h"

namespace cascade {

void FreshnessParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 4> kUpdates = {"online", "daily", "every_n_days", "never"};
  v.choose("update", update, kUpdates,
           "when it learns from new logs: online, one pass over the rows as they come; daily, at midnight on the day "
           "before; every_n_days, at midnight on the days since; never");
  v.field("every", every, "days between updates of every_n_days", config::between(1, 1000));
  v.field("from_scratch", from_scratch, "train a new model at each update instead of going on with the old one");
  v.field("window", window, "from_scratch: last days of logs that it learns from; 0: all", config::between(0, 1000));
  v.field("item_vectors_late_by", item_vectors_late_by, "hours until item vectors serve; inner-product models only",
          config::between(0, 24 * 30));
  v.field("mixed", mixed, "late item vectors meet user vectors of the newest version; false: of their own");
}

OnlineTraining::OnlineTraining(std::unique_ptr<Learnable<float>> model, const TrainParams& params, std::uint64_t seed)
    : model_(std::move(model)),
      params_(params),
      seed_(seed),
      parameters_(model_->parameters()),
      optimizer_(parameters_, params) {
  model_->clear_gradients();
}

void OnlineTraining::pass(const FeatureStore& store, const LogTable& log, std::span<const std::uint32_t> rows) {
  std::vector<float> logits;
  std::vector<float> gradients;
  const auto size = static_cast<std::size_t>(params_.batch);
  for (std::size_t begin = 0; begin < rows.size(); begin += size) {
    const Batch batch{&store, &log, rows.subspan(begin, std::min(size, rows.size() - begin))};
    logits.resize(batch.rows.size());
    gradients.resize(batch.rows.size());
    model_->forward(batch, logits);
    click_bce<float>(batch, logits, gradients);
    model_->backward(std::span<const float>(gradients));
    optimizer_.step(parameters_);
    model_->clear_gradients();
    ++steps_;
  }
  samples_ += static_cast<std::int64_t>(rows.size());
  flops_ += model_->flops_per_sample() * static_cast<double>(rows.size());
}

void OnlineTraining::epochs(const FeatureStore& store, const LogTable& log, std::span<const std::uint32_t> rows) {
  for (int epoch = 0; epoch < params_.epochs; ++epoch) {
    std::vector<std::uint32_t> order(rows.begin(), rows.end());
    Rng(seed_, Stream::train_shuffle, shuffles_++).shuffle(order);
    pass(store, log, order);
  }
}

}  // namespace cascade
