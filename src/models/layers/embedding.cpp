#include "models/layers/embedding.h"

#include <algorithm>
#include <cstring>

#include "data/features.h"
#include "models/layers/widths.h"

namespace cascade {
namespace {

/// out [width] = mean of the rows that `ids` name. The table does not overlap it.
template <class T, class Width>
void pool(const T* table, std::span<const std::uint32_t> ids, T* __restrict out, Width width) {
  std::fill_n(out, +width, T(0));
  std::size_t count = 0;
  for (const std::uint32_t id : ids) {
    if (id == kNoValue) continue;
    ++count;
    const T* row = table + id * width;
    for (std::size_t i = 0; i < width; ++i) out[i] += row[i];
  }
  if (count < 2) return;
  const T share = T(1) / static_cast<T>(count);
  for (std::size_t i = 0; i < width; ++i) out[i] *= share;
}

}  // namespace

template <class T>
void gather_rows(const Matrix<T>& table, std::span<const std::uint32_t> ids, T* out, std::size_t stride) {
  with_width(table.cols(), [&](auto width) {
    for (std::size_t r = 0; r < ids.size(); ++r) {
      if (r + kPrefetchRows < ids.size() && ids[r + kPrefetchRows] != kNoValue)
        prefetch(table.data() + ids[r + kPrefetchRows] * width, width);
      if (ids[r] == kNoValue)
        std::fill_n(out + r * stride, +width, T(0));
      else  // of a size known to the compiler: no call
        std::memcpy(out + r * stride, table.data() + ids[r] * width, width * sizeof(T));
    }
  });
}

template <class T>
void pool_rows(const Matrix<T>& table, std::span<const std::uint32_t> ids, std::size_t num_values, T* out,
               std::size_t stride) {
  if (num_values == 1) {
    gather_rows(table, ids, out, stride);
    return;
  }
  with_width(table.cols(), [&](auto width) {
    for (std::size_t r = 0; r * num_values < ids.size(); ++r)
      pool(table.data(), ids.subspan(r * num_values, num_values), out + r * stride, width);
  });
}

template <class T>
Embedding<T>::Embedding(std::string name, std::size_t rows, std::size_t width, double sd, Initialiser& initialiser)
    : name_(std::move(name)), table_(rows, width), line_of_row_(rows, kNoValue) {
  initialiser.normal(table_.values(), sd);
}

template <class T>
void Embedding<T>::forward(std::span<const std::uint32_t> ids, std::size_t num_values, T* out,
                           std::size_t stride) const {
  pool_rows(table_, ids, num_values, out, stride);
}

template <class T>
template <class Width>
void Embedding<T>::add_gradient(std::uint32_t id, T share, const T* from, Width width) {
  std::uint32_t& line = line_of_row_[id];
  if (line == kNoValue) {
    line = static_cast<std::uint32_t>(gradient_.rows.size());
    gradient_.rows.push_back(id);
    T* to = gradient_.values.data() + line * width;
    for (std::size_t i = 0; i < width; ++i) to[i] = share * from[i];
  } else {
    T* to = gradient_.values.data() + line * width;
    for (std::size_t i = 0; i < width; ++i) to[i] += share * from[i];
  }
}

template <class T>
void Embedding<T>::backward(std::span<const std::uint32_t> ids, std::size_t num_values, const T* gradient,
                            std::size_t stride) {
  const std::size_t most = std::min(table_.rows(), gradient_.rows.size() + ids.size()) * table_.cols();
  if (gradient_.values.size() < most) gradient_.values.resize(most);
  with_width(table_.cols(), [&](auto width) {
    if (num_values == 1) {
      for (std::size_t r = 0; r < ids.size(); ++r)
        if (ids[r] != kNoValue) add_gradient(ids[r], T(1), gradient + r * stride, width);
      return;
    }
    for (std::size_t r = 0; r * num_values < ids.size(); ++r) {
      const auto values = ids.subspan(r * num_values, num_values);
      const auto count = num_values - static_cast<std::size_t>(std::count(values.begin(), values.end(), kNoValue));
      if (count == 0) continue;
      const T share = T(1) / static_cast<T>(count);
      for (const std::uint32_t id : values)
        if (id != kNoValue) add_gradient(id, share, gradient + r * stride, width);
    }
  });
}

template <class T>
Parameter<T> Embedding<T>::parameter() {
  return {name_, width(), table_.values(), {}, &gradient_};
}

template <class T>
void Embedding<T>::clear_gradients() {
  for (const std::uint32_t row : gradient_.rows) line_of_row_[row] = kNoValue;
  gradient_.rows.clear();
}

template void gather_rows(const Matrix<float>&, std::span<const std::uint32_t>, float*, std::size_t);
template void gather_rows(const Matrix<double>&, std::span<const std::uint32_t>, double*, std::size_t);
template void pool_rows(const Matrix<float>&, std::span<const std::uint32_t>, std::size_t, float*, std::size_t);
template void pool_rows(const Matrix<double>&, std::span<const std::uint32_t>, std::size_t, double*, std::size_t);
template class Embedding<float>;
template class Embedding<double>;

}  // namespace cascade
