#include "train/joint.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "models/layers/feature_embedding.h"

namespace cascade {

template <class T>
SharedTables share_tables(Learnable<T>& student, Learnable<T>& teacher, const FeatureSchema& schema, Share share) {
  SharedTables shared;
  if (share == Share::none) return shared;
  for (FeatureEmbedding<T>* to : teacher.embeddings()) {
    for (FeatureEmbedding<T>* from : student.embeddings()) {
      for (std::size_t k = 0; k < to->groups().size(); ++k) {
        const auto& of_student = from->groups();
        const auto same = std::find_if(of_student.begin(), of_student.end(), [&](const EmbeddedGroup& group) {
          return group.group == to->groups()[k].group;
        });
        if (same == of_student.end()) continue;
        if (share == Share::all_but_user_id && schema[to->groups()[k].group].name == "user_id") continue;
        if (to->width() != from->width())
          throw InputError("tables can only be shared where student and teacher have the same embedding_dim, got " +
                           std::to_string(from->width()) + " and " + std::to_string(to->width()));
        to->share(k, *from, static_cast<std::size_t>(same - of_student.begin()));
        ++shared.tables;
        shared.lookups += to->lookups(k);
        shared.pooling_flops += to->pooling_flops(k);
      }
    }
  }
  if (shared.tables == 0) throw InputError("student and teacher read no feature group in common: nothing to share");
  return shared;
}

template <class T>
JointModel<T>::JointModel(Learnable<T>& student, Learnable<T>& teacher, const FeatureSchema& schema, Targets targets,
                          const DistillParams& params)
    : student_(student),
      teacher_(teacher),
      shared_(share_tables(student, teacher, schema, params.share)),
      targets_(std::move(targets)),
      params_(params),
      student_loss_(distill_loss<T>(targets_, params_)),
      teacher_loss_(label_loss<T>(targets_)) {
  CASCADE_CHECK(targets_.teacher.size() == targets_.label.size(), "no row is marked as taught");
}

template <class T>
void JointModel<T>::forward(const Batch& batch, std::span<T> logits) {
  teacher_logits_.resize(batch.rows.size());
  teacher_gradients_.resize(batch.rows.size());
  student_.forward(batch, logits);
  teacher_.forward(batch, teacher_logits_);
}

template <class T>
void JointModel<T>::backward(std::span<const T> logit_gradients) {
  CASCADE_CHECK(logit_gradients.size() == teacher_gradients_.size(), "gradient of another batch");
  student_.backward(logit_gradients);
  teacher_.backward(teacher_gradients_);
}

template <class T>
std::vector<Parameter<T>> JointModel<T>::parameters() {
  std::vector<Parameter<T>> all = student_.parameters();
  const std::size_t of_student = all.size();
  for (const Parameter<T>& parameter : teacher_.parameters()) {
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(of_student);
    const bool shared = std::any_of(all.begin(), end, [&](const Parameter<T>& own) {
      return !own.value.empty() && own.value.data() == parameter.value.data();
    });
    if (!shared) all.push_back(parameter);
  }
  return all;
}

template <class T>
void JointModel<T>::clear_gradients() {
  student_.clear_gradients();
  teacher_.clear_gradients();
}

template <class T>
double JointModel<T>::flops_per_sample() const {
  return student_.flops_per_sample() + teacher_.flops_per_sample() - 3 * shared_.pooling_flops;
}

template <class T>
double JointModel<T>::lookups_per_sample() const {
  return student_.lookups_per_sample() + teacher_.lookups_per_sample() - shared_.lookups;
}

template <class T>
LossFunction<T> JointModel<T>::loss() {
  return [this](const Batch& batch, std::span<const T> logits, std::span<T> gradients, std::int64_t step) {
    for (std::size_t r = 0; r < batch.rows.size(); ++r) {
      float& taught = targets_.teacher[batch.rows[r]];
      if (!std::isnan(taught)) taught = static_cast<float>(teacher_logits_[r]);
    }
    teacher_loss_(batch, teacher_logits_, teacher_gradients_, step);
    return student_loss_(batch, logits, gradients, step);
  };
}

template SharedTables share_tables(Learnable<float>&, Learnable<float>&, const FeatureSchema&, Share);
template SharedTables share_tables(Learnable<double>&, Learnable<double>&, const FeatureSchema&, Share);
template class JointModel<float>;
template class JointModel<double>;

TrainSummary train_joint(Learnable<float>& student, Learnable<float>& teacher, const FeatureStore& store,
                         const LogTable& log, Targets targets, const DistillParams& distill, const TrainParams& params,
                         std::uint64_t seed, const Progress& progress) {
  JointModel<float> both(student, teacher, store.schema(), std::move(targets), distill);
  TrainSummary summary = train_on(both, store, log, both.rows(), both.loss(), params, seed, progress,
                                  distill.by_lists() ? Unit::request : Unit::row);
  summary.parameters = 0;
  for (const Parameter<float>& parameter : student.parameters())
    summary.parameters += static_cast<std::int64_t>(parameter.value.size());
  return summary;
}

}  // namespace cascade
