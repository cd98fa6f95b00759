#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/layers/linear.h"

namespace cascade {

/// What a group's weight s_i is computed from. paper: s_i = sigmoid(w . e_i + b), one w and b for all groups (Wang et
/// al., COLD, arXiv 2007.16122, Section 3.2); talk: s = sigmoid(W [e_1 .. e_M] + b), so that groups are weighed
/// together (the authors' talk of 2021).
enum class SqueezeForm { paper, talk };

/// Names in the order of the enum.
std::span<const std::string> squeeze_form_names();

/// Squeeze-excitation over feature groups: v_i = s_i e_i, s_i in (0, 1). Used to choose groups by the mean of s_i, not
/// to serve.
template <class T>
class SqueezeExcitation {
 public:
  SqueezeExcitation() = default;
  /// `groups` embeddings of `width` numbers each.
  SqueezeExcitation(const std::string& name, SqueezeForm form, std::size_t groups, std::size_t width,
                    Initialiser& initialiser);

  /// v [rows, groups * width], rows `stride_v` apart, from e [rows, groups * width]. `e` must stay as it is until
  /// backward().
  void forward(const Matrix<T>& e, T* v, std::size_t stride_v);
  const Matrix<T>& weights() const { return weights_; }  ///< s of the last forward(): [rows, groups]

  /// Adds the parameters' gradients and writes the inputs' gradient ge [rows, groups * width] for outputs' gradient gv,
  /// rows `stride_gv` apart.
  void backward(const Matrix<T>& e, const T* gv, std::size_t stride_gv, Matrix<T>& ge);

  void append_parameters(std::vector<Parameter<T>>& parameters) { squeeze_.append_parameters(parameters); }
  void clear_gradients() { squeeze_.clear_gradients(); }
  double flops() const;  ///< a row, forward

 private:
  SqueezeForm form_ = SqueezeForm::paper;
  std::size_t groups_ = 0;
  std::size_t width_ = 0;
  Linear<T> squeeze_;           ///< paper: [width, 1]; talk: [groups * width, groups]
  Matrix<T> weights_;           ///< [rows, groups]
  Matrix<T> weights_gradient_;  ///< [rows, groups]: of what the sigmoid is taken of
};

}  // namespace cascade
