#include "models/behaviours.h"

#include <algorithm>

#include "base/text.h"

namespace cascade {

void BehaviourParams::fields(config::FieldVisitor& v) {
  v.field("behaviours", behaviours, "latest clicks of the user that the attention reads",
          config::between(1, FeatureStore::kSequence));
  v.field("behaviour_groups", behaviour_groups,
          "item groups whose embeddings stand for a click and for the candidate in the attention");
  v.field("attention_hidden", attention_hidden, "widths of the hidden layers of the network that weighs a click",
          config::between(1, 1024));
}

template <class T>
BehaviourAttention<T>::BehaviourAttention(const std::string& kind, const BehaviourParams& params, Activation activation,
                                          const FeatureSchema& schema, const FeatureEmbedding<T>& embedding,
                                          Initialiser& initialiser)
    : most_(static_cast<std::size_t>(params.behaviours)), group_width_(embedding.width()) {
  std::vector<std::string> there;
  for (std::size_t k = 0; k < embedding.groups().size(); ++k) {
    if (embedding.groups()[k].side != Side::item) continue;
    const std::string& name = schema[embedding.groups()[k].group].name;
    there.push_back(name);
    if (std::count(params.behaviour_groups.begin(), params.behaviour_groups.end(), name) > 0) places_.push_back(k);
  }
  for (const std::string& name : params.behaviour_groups)
    if (std::count(there.begin(), there.end(), name) == 0)
      throw InputError(kind + ": behaviour_groups: '" + name + "' is not among the item groups that the model reads (" +
                       join(there) + ")");
  if (places_.empty()) throw InputError(kind + ": behaviour_groups: no item groups are given");
  ids_.resize(places_.size());
  attention_ = LocalActivation<T>("attention", cols(), params.attention_hidden, activation, initialiser);
}

template <class T>
void BehaviourAttention<T>::forward(const Batch& batch, const FeatureEmbedding<T>& embedding, Matrix<T>& input,
                                    std::size_t column) {
  const FeatureStore& store = *batch.store;
  starts_.assign(1, 0);
  for (std::vector<std::uint32_t>& ids : ids_) ids.clear();
  for (const std::uint32_t row : batch.rows) {
    const std::vector<ItemId>& clicks = store.user(batch.table->user[row]).recent_clicks;
    const std::size_t count = std::min(most_, clicks.size());
    starts_.push_back(starts_.back() + count);
    for (std::size_t g = 0; g < places_.size(); ++g)
      for (std::size_t j = 0; j < count; ++j) {
        const auto values = store.values(embedding.groups()[places_[g]].group, clicks[j]);
        ids_[g].insert(ids_[g].end(), values.begin(), values.end());
      }
  }
  clicks_.resize(starts_.back(), cols());
  candidates_.resize(batch.rows.size(), cols());
  for (std::size_t g = 0; g < places_.size(); ++g) {
    const EmbeddedGroup& group = embedding.groups()[places_[g]];
    embedding.of(places_[g]).forward(ids_[g], group.num_values, clicks_.data() + g * group_width_, cols());
    for (std::size_t r = 0; r < candidates_.rows(); ++r)
      std::copy_n(input.data() + r * input.cols() + group.offset, group_width_,
                  candidates_.data() + r * cols() + g * group_width_);
  }
  attention_.forward(clicks_, candidates_, starts_, input.data() + column, input.cols());
}

template <class T>
void BehaviourAttention<T>::backward(FeatureEmbedding<T>& embedding, Matrix<T>& input_gradient, std::size_t column) {
  attention_.backward(clicks_, candidates_, starts_, input_gradient.data() + column, input_gradient.cols(),
                      clicks_gradient_, candidates_gradient_);
  for (std::size_t g = 0; g < places_.size(); ++g) {
    const EmbeddedGroup& group = embedding.groups()[places_[g]];
    for (std::size_t r = 0; r < candidates_.rows(); ++r)
      for (std::size_t i = 0; i < group_width_; ++i)
        input_gradient(r, group.offset + i) += candidates_gradient_(r, g * group_width_ + i);
    embedding.of(places_[g]).backward(ids_[g], group.num_values, clicks_gradient_.data() + g * group_width_, cols());
  }
}

template class BehaviourAttention<float>;
template class BehaviourAttention<double>;

}  // namespace cascade
