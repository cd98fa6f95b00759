#include "train/online.h"

#include "base/rng.h"

namespace cascade {

OnlineTraining::OnlineTraining(std::unique_ptr<Learnable<float>> model, const TrainParams& params, std::uint64_t seed)
    : model_(std::move(model)), params_(params), seed_(seed), steps_(*model_, params) {}

Batches OnlineTraining::batches_of(const Lesson& lesson) const {
  return {lesson.log, lesson.rows, static_cast<std::size_t>(params_.batch), lesson.unit};
}

void OnlineTraining::learn(const Lesson& lesson, const Batches& batches) {
  for (std::size_t b = 0; b < batches.size(); ++b)
    steps_.step({&lesson.store, &lesson.log, batches[b]}, lesson.loss, num_steps_++);
  samples_ += static_cast<std::int64_t>(lesson.rows.size());
  flops_ += model_->flops_per_sample() * static_cast<double>(lesson.rows.size());
}

void OnlineTraining::pass(const Lesson& lesson) { learn(lesson, batches_of(lesson)); }

void OnlineTraining::epochs(const Lesson& lesson) {
  Batches batches = batches_of(lesson);
  for (int epoch = 0; epoch < params_.epochs; ++epoch) {
    batches.shuffle(Rng(seed_, Stream::train_shuffle, shuffles_++));
    learn(lesson, batches);
  }
}

}  // namespace cascade
