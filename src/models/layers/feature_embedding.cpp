#include "models/layers/feature_embedding.h"

#include <algorithm>
#include <cstring>

#include "models/layers/widths.h"

namespace cascade {
namespace {

void gather_entities(std::span<const std::uint32_t> column, std::span<const std::uint32_t> entity_of_row,
                     std::span<const std::uint32_t> rows, std::size_t num_values, std::uint32_t* ids) {
  if (num_values == 1) {
    for (const std::uint32_t row : rows) *ids++ = column[entity_of_row[row]];
    return;
  }
  constexpr std::size_t kChunk = 4;  // copied without a call
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r + kPrefetchRows < rows.size())
      prefetch(column.data() + entity_of_row[rows[r + kPrefetchRows]] * num_values, num_values);
    const std::uint32_t* from = column.data() + entity_of_row[rows[r]] * num_values;
    std::size_t v = 0;
    for (; v + kChunk <= num_values; v += kChunk) std::memcpy(ids + v, from + v, kChunk * sizeof *ids);
    for (; v < num_values; ++v) ids[v] = from[v];
    ids += num_values;
  }
}

}  // namespace

void gather_values(const Batch& batch, const EmbeddedGroup& group, std::vector<std::uint32_t>& ids) {
  const LogTable& table = *batch.table;
  ids.resize(batch.rows.size() * group.num_values);
  switch (group.side) {
    case Side::user:
      gather_entities(batch.store->column(group.group), table.user, batch.rows, group.num_values, ids.data());
      break;
    case Side::item:
      gather_entities(batch.store->column(group.group), table.item, batch.rows, group.num_values, ids.data());
      break;
    case Side::cross:
    case Side::privileged: {
      const auto& logged = (group.side == Side::cross ? table.cross : table.privileged)[group.ordinal];
      std::transform(batch.rows.begin(), batch.rows.end(), ids.begin(),
                     [&logged](std::uint32_t row) { return std::uint32_t{logged[row]}; });
      break;
    }
  }
  const FeatureGroup& declared = batch.store->schema()[group.group];
  static_assert(kNoValue + 1 == 0);
  std::uint32_t too_large = 0;  // one look at the end, so that the loop runs on vectors
  for (const std::uint32_t id : ids) too_large |= static_cast<std::uint32_t>(id + 1 > declared.cardinality);
  CASCADE_CHECK(too_large == 0, "a value of group '" + declared.name + "' is too large");
}

template <class T>
FeatureEmbedding<T>::FeatureEmbedding(const std::string& prefix, const FeatureSchema& schema,
                                      std::span<const int> groups, std::size_t width, double sd,
                                      Initialiser& initialiser)
    : width_(width) {
  for (const int group : groups)
    groups_.push_back({group, schema[group].side, static_cast<std::size_t>(schema.place(group)),
                       static_cast<std::size_t>(schema[group].max_values), 0});
  std::stable_sort(groups_.begin(), groups_.end(),
                   [](const EmbeddedGroup& a, const EmbeddedGroup& b) { return a.side < b.side; });
  for (std::size_t k = 0; k < groups_.size(); ++k) {
    groups_[k].offset = k * width;
    const FeatureGroup& group = schema[groups_[k].group];
    tables_.push_back(
        std::make_shared<Embedding<T>>(prefix + "." + group.name, group.cardinality, width, sd, initialiser));
  }
  ids_.resize(groups_.size());
}

template <class T>
ColumnRange FeatureEmbedding<T>::columns(Side side) const {
  const auto before = std::count_if(groups_.begin(), groups_.end(), [side](const auto& g) { return g.side < side; });
  const auto inside = std::count_if(groups_.begin(), groups_.end(), [side](const auto& g) { return g.side == side; });
  const std::size_t begin = static_cast<std::size_t>(before) * width_;
  return {begin, begin + static_cast<std::size_t>(inside) * width_};
}

template <class T>
double FeatureEmbedding<T>::flops() const {
  double sum = 0;
  for (std::size_t k = 0; k < groups_.size(); ++k) sum += pooling_flops(k);
  return sum;
}

template <class T>
double FeatureEmbedding<T>::pooling_flops(std::size_t k) const {
  return groups_[k].num_values > 1 ? lookups(k) : 0.0;
}

template <class T>
double FeatureEmbedding<T>::lookups() const {
  double sum = 0;
  for (std::size_t k = 0; k < groups_.size(); ++k) sum += lookups(k);
  return sum;
}

template <class T>
void FeatureEmbedding<T>::share(std::size_t k, const FeatureEmbedding& other, std::size_t j) {
  CASCADE_CHECK(groups_[k].group == other.groups_[j].group && width_ == other.width_, "tables of other shapes");
  tables_[k] = other.tables_[j];
}

template <class T>
void FeatureEmbedding<T>::forward(const Batch& batch, T* out, std::size_t stride) {
  for (std::size_t k = 0; k < groups_.size(); ++k) {
    gather_values(batch, groups_[k], ids_[k]);
    tables_[k]->forward(ids_[k], groups_[k].num_values, out + groups_[k].offset, stride);
  }
}

template <class T>
void FeatureEmbedding<T>::backward(const T* gradient, std::size_t stride) {
  for (std::size_t k = 0; k < groups_.size(); ++k)
    tables_[k]->backward(ids_[k], groups_[k].num_values, gradient + groups_[k].offset, stride);
}

template <class T>
void FeatureEmbedding<T>::append_parameters(std::vector<Parameter<T>>& parameters) {
  for (const auto& table : tables_) parameters.push_back(table->parameter());
}

template <class T>
void FeatureEmbedding<T>::clear_gradients() {
  for (const auto& table : tables_) table->clear_gradients();
}

template class FeatureEmbedding<float>;
template class FeatureEmbedding<double>;

}  // namespace cascade
