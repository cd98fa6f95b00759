#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "models/learnable.h"
#include "train/distill.h"
#include "train/trainer.h"

namespace cascade {

/// What sharing saves a sample, forward: look-ups and poolings that are not done twice.
struct SharedTables {
  int tables = 0;
  double lookups = 0;
  double pooling_flops = 0;
};

/// Makes the teacher's tables of the groups that both models read the student's (`share`): one table, read by both, to
/// which both add gradients. `schema` is that of both. Throws InputError where widths differ, or where there is nothing
/// to share.
template <class T>
SharedTables share_tables(Learnable<T>& student, Learnable<T>& teacher, const FeatureSchema& schema, Share share);

/// Student and teacher as one model that learns (Xu et al., arXiv 1907.05171v2, Section 3.2):
///   (1 - lambda) L_s(y, f_s) + lambda L_d(f_t, f_s) + L_t(y, f_t),
/// L_d's teacher logit being a constant: no gradient of it reaches the teacher, or a table by way of the teacher. Its
/// logits are the student's; parameters of both, shared ones once. Student and teacher must outlive it.
template <class T>
class JointModel final : public Learnable<T> {
 public:
  /// `targets`: rows with a teacher's logit, of any value, are those on which the teacher teaches; the label is that of
  /// both models.
  JointModel(Learnable<T>& student, Learnable<T>& teacher, const FeatureSchema& schema, Targets targets,
             const DistillParams& params);
  JointModel(const JointModel&) = delete;  // its losses refer to its targets
  JointModel& operator=(const JointModel&) = delete;

  void forward(const Batch& batch, std::span<T> logits) override;
  void backward(std::span<const T> logit_gradients) override;
  std::vector<Parameter<T>> parameters() override;
  void clear_gradients() override;
  /// Both models' work, what they share counted once: the teacher takes over the student's pooled vectors, and the
  /// gradients of both are added up before they go to the table.
  double flops_per_sample() const override;
  double lookups_per_sample() const override;
  std::unique_ptr<Scorer> freeze(const FeatureStore& store) const override { return student_.freeze(store); }

  /// The student's part of the loss, which is what it returns; the gradient of L_t waits for backward(). Refers to this
  /// object.
  LossFunction<T> loss();
  const std::vector<std::uint32_t>& rows() const { return targets_.rows; }

 private:
  Learnable<T>& student_;
  Learnable<T>& teacher_;
  SharedTables shared_;
  Targets targets_;
  DistillParams params_;
  LossFunction<T> student_loss_;
  LossFunction<T> teacher_loss_;
  std::vector<T> teacher_logits_;     ///< [batch]
  std::vector<T> teacher_gradients_;  ///< [batch]
};

/// Trains both by the student's settings. The summary's parameters are the student's, its work is that of both.
TrainSummary train_joint(Learnable<float>& student, Learnable<float>& teacher, const FeatureStore& store,
                         const LogTable& log, Targets targets, const DistillParams& distill, const TrainParams& params,
                         std::uint64_t seed, const Progress& progress = {});

}  // namespace cascade
