#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/learnable.h"

namespace cascade {

/// y_j = m_j gamma_j x_j: a learned scale a neuron, at first 1, and a mask of ones and zeros. The penalty on |gamma|
/// pulls down the scales of neurons that the loss has little use for; those are masked, and later removed (network
/// slimming, Liu et al., ICCV 2017, for neurons instead of channels).
template <class T>
class NeuronScale {
 public:
  NeuronScale(std::string name, std::size_t width, double penalty)
      : name_(std::move(name)), penalty_(static_cast<T>(penalty)), scale_(width, T(1)), gradient_(width), kept_(width) {
    for (std::size_t j = 0; j < width; ++j) kept_[j] = static_cast<std::uint32_t>(j);
  }

  const std::vector<T>& scale() const { return scale_; }
  const std::vector<std::uint32_t>& kept() const { return kept_; }  ///< neurons that are not masked, ascending

  /// Masks, of the neurons kept, those with the smallest |gamma| (the higher number first where equal) until at most
  /// `count` are left. REQUIRES count > 0.
  void keep_largest(std::size_t count);
  /// Masks all neurons but these, ascending.
  void keep(std::vector<std::uint32_t> kept);
  void stop_penalty() { penalty_ = T(0); }

  void forward(const Matrix<T>& x, Matrix<T>& y) const;
  /// Adds the scales' gradients, the penalty's among them, and turns the outputs' gradient into the inputs'.
  void backward(const Matrix<T>& x, Matrix<T>& gradient);

  Parameter<T> parameter() { return {name_, 1, scale_, gradient_}; }
  void clear_gradients();

 private:
  std::string name_;
  T penalty_;
  std::vector<T> scale_;     ///< [width]
  std::vector<T> gradient_;  ///< [width]
  std::vector<std::uint32_t> kept_;
};

}  // namespace cascade
