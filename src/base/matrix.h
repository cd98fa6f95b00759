#pragma once
#include <cstddef>
#include <span>

#include "base/aligned.h"
#include "base/errors.h"

namespace cascade {

/// A row-major matrix that owns its memory, which starts on a cache line. Shapes are written [rows, cols] beside every
/// buffer.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols, T value = T()) : rows_(rows), cols_(cols), data_(rows * cols, value) {}

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t size() const { return rows_ * cols_; }
  T* data() { return data_.data(); }
  const T* data() const { return data_.data(); }
  T& operator()(std::size_t r, std::size_t c) { return data_[r * cols_ + c]; }
  const T& operator()(std::size_t r, std::size_t c) const { return data_[r * cols_ + c]; }
  std::span<T> row(std::size_t r) { return {data_.data() + r * cols_, cols_}; }
  std::span<const T> row(std::size_t r) const { return {data_.data() + r * cols_, cols_}; }
  std::span<T> values() { return {data_.data(), size()}; }
  std::span<const T> values() const { return {data_.data(), size()}; }

  /// Contents are unspecified afterwards. Never gives memory back, so that a buffer which changes its shape at every
  /// use is not cleared again and again.
  void resize(std::size_t rows, std::size_t cols) {
    rows_ = rows;
    cols_ = cols;
    if (data_.size() < rows * cols) data_.resize(rows * cols);
  }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  AlignedVector<T> data_;  ///< at least rows * cols
};

}  // namespace cascade
