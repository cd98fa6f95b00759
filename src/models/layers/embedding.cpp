#include "models/layers/embedding.h"

#include <algorithm>

#include "data/features.h"

namespace cascade {

template <class T>
void pool_rows(const Matrix<T>& table, std::span<const std::uint32_t> ids, T* out) {
  const std::size_t width = table.cols();
  if (ids.size() == 1 && ids[0] != kNoValue) {
    std::copy_n(table.data() + ids[0] * width, width, out);
    return;
  }
  std::fill_n(out, width, T(0));
  std::size_t count = 0;
  for (const std::uint32_t id : ids) {
    if (id == kNoValue) continue;
    ++count;
    const T* row = table.data() + id * width;
    for (std::size_t i = 0; i < width; ++i) out[i] += row[i];
  }
  if (count < 2) return;
  const T share = T(1) / static_cast<T>(count);
  for (std::size_t i = 0; i < width; ++i) out[i] *= share;
}

template <class T>
Embedding<T>::Embedding(std::string name, std::size_t rows, std::size_t width, double sd, Initialiser& initialiser)
    : name_(std::move(name)), table_(rows, width), gradient_(rows, width), is_touched_(rows) {
  initialiser.normal(table_.values(), sd);
}

template <class T>
void Embedding<T>::forward(std::span<const std::uint32_t> ids, std::size_t num_values, T* out,
                           std::size_t stride) const {
  for (std::size_t r = 0; r * num_values < ids.size(); ++r)
    pool_rows(table_, ids.subspan(r * num_values, num_values), out + r * stride);
}

template <class T>
void Embedding<T>::touch(std::uint32_t row) {
  if (is_touched_[row]) return;
  is_touched_[row] = 1;
  touched_.push_back(row);
}

template <class T>
void Embedding<T>::backward(std::span<const std::uint32_t> ids, std::size_t num_values, const T* gradient,
                            std::size_t stride) {
  const std::size_t width = table_.cols();
  for (std::size_t r = 0; r * num_values < ids.size(); ++r) {
    const auto values = ids.subspan(r * num_values, num_values);
    const auto count = num_values - static_cast<std::size_t>(std::count(values.begin(), values.end(), kNoValue));
    if (count == 0) continue;
    const T share = T(1) / static_cast<T>(count);
    const T* from = gradient + r * stride;
    for (const std::uint32_t id : values) {
      if (id == kNoValue) continue;
      touch(id);
      T* to = gradient_.data() + id * width;
      for (std::size_t i = 0; i < width; ++i) to[i] += share * from[i];
    }
  }
}

template <class T>
Parameter<T> Embedding<T>::parameter() {
  return {name_, table_.values(), gradient_.values(), width(), true, &touched_};
}

template <class T>
void Embedding<T>::clear_gradients() {
  for (const std::uint32_t row : touched_) {
    std::fill_n(gradient_.data() + row * width(), width(), T(0));
    is_touched_[row] = 0;
  }
  touched_.clear();
}

template void pool_rows(const Matrix<float>&, std::span<const std::uint32_t>, float*);
template void pool_rows(const Matrix<double>&, std::span<const std::uint32_t>, double*);
template class Embedding<float>;
template class Embedding<double>;

}  // namespace cascade
