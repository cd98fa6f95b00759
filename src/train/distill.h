#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/fields.h"
#include "models/learnable.h"
#include "models/scorer.h"
#include "train/losses.h"
#include "train/targets.h"

namespace cascade {

/// L_d, the loss of a student's logit f by a teacher's logit t, T the temperature. Gradients for f are those of a
/// hard label's loss in size: soft targets are multiplied by T^2 (Hinton et al., arXiv 1503.02531), and a list of m
/// rows weighs as m rows do. A row alone in its request adds nothing to pairwise and listwise.
///   point      BCE(f, sigma(t))
///   softmax    T^2 BCE(f / T, sigma(t / T)): softmax over click and no click with temperature
///   pairwise   T^2 m / (m (m - 1) / 2) sum_{i<j} BCE((f_i - f_j) / T, sigma((t_i - t_j) / T))
///   listwise   T^2 m (-sum_i p_i log q_i), p = softmax(t / T) and q = softmax(f / T) over the taught rows of a request
///   mse_logit  (f - t)^2
enum class DistillLoss { point, softmax, pairwise, listwise, mse_logit };

enum class WarmUpShape { step, ramp };

/// Names of kinds of distillation, by what the teacher is to its student (arXiv 1907.05171v2, Section 4): MD a larger
/// net on the same features, PFD a net of the student's size with privileged features besides, UD both, LUPI a net on
/// privileged features alone.
enum class DistillKind { any, md, pfd, ud, lupi };

/// separate: the teacher is trained first, then frozen, or over days goes on by itself. joint: both learn in one pass
/// (train/joint.h).
enum class Training { separate, joint };

/// Tables of embeddings that a student and the teacher that is trained with it have in common.
enum class Share { none, all, all_but_user_id };

/// How the weight of distillation comes in.
struct WarmUpParams {
  std::int64_t steps = 0;
  WarmUpShape shape = WarmUpShape::step;
  void fields(config::FieldVisitor& v);
};

/// The `distill:` block of a model (Xu et al., "Privileged Features Distillation", arXiv 1907.05171v2):
///   (1 - lambda) L_s(y, f_s) + lambda L_d(f_t, f_s), the teacher trained first and then left alone, or, jointly, +
///   L_t.
/// Which kind of distillation it is follows from the teacher; `kind` says what it is meant to be, and is checked as far
/// as features go.
struct DistillParams {
  std::string teacher;
  DistillKind kind = DistillKind::any;
  DistillLoss loss = DistillLoss::point;
  double weight = 0.5;  ///< lambda
  double temperature = 1;
  WarmUpParams warm_up;
  bool has_two_warm_ups = false;  ///< said differently in two places
  Training training = Training::separate;
  Share share = Share::none;
  SpaceCounts on{{SpaceCounts::kAllRows, 0, 0, 0}};
  void fields(config::FieldVisitor& v);
  bool by_lists() const { return loss == DistillLoss::pairwise || loss == DistillLoss::listwise; }
  bool has_temperature() const { return loss != DistillLoss::point && loss != DistillLoss::mse_logit; }
};

/// lambda at a step, 0-based. step: 0 before warm_up.steps, then the weight; ramp: weight * min(1, step / steps).
double distill_weight(const DistillParams& params, std::int64_t step);

/// The loss above over a batch: 1/n [(1 - lambda) sum over labelled rows of BCE + lambda sum over taught rows of L_d],
/// n the rows of the batch. Requests must not be split over batches where the loss is by lists (Unit::request). Both
/// `targets` and `params` must outlive the function.
template <class T>
LossFunction<T> distill_loss(const Targets& targets, const DistillParams& params);

/// The labels' part of it alone: mean binary cross entropy of targets.label.
template <class T>
LossFunction<T> label_loss(const Targets& targets);

/// Logits of all rows of a log (of several outputs the first), in order, from the features as they were logged; the
/// model stays as it is but for what a forward pass keeps. One thread.
std::vector<float> log_logits(Learnable<float>& model, const FeatureStore& store, const LogTable& log);
/// The same by a scorer, which computes the features.
std::vector<float> log_logits(const Scorer& scorer, const FeatureStore& store, const LogTable& log);

}  // namespace cascade
