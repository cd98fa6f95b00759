#include "models/layers/neuron_scale.h"

#include <algorithm>
#include <cmath>

namespace cascade {

template <class T>
void NeuronScale<T>::keep_largest(std::size_t count) {
  CASCADE_CHECK(count > 0, "a layer keeps a neuron");
  if (kept_.size() <= count) return;
  std::stable_sort(kept_.begin(), kept_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return std::abs(scale_[a]) > std::abs(scale_[b]); });
  kept_.resize(count);
  std::sort(kept_.begin(), kept_.end());
}

template <class T>
void NeuronScale<T>::keep(std::vector<std::uint32_t> kept) {
  CASCADE_CHECK(!kept.empty() && kept.back() < scale_.size() && std::is_sorted(kept.begin(), kept.end()),
                "kept neurons of another layer");
  kept_ = std::move(kept);
}

template <class T>
void NeuronScale<T>::forward(const Matrix<T>& x, Matrix<T>& y) const {
  y.resize(x.rows(), x.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const T* from = x.data() + r * x.cols();
    T* to = y.data() + r * x.cols();
    std::fill_n(to, x.cols(), T(0));
    for (const std::uint32_t j : kept_) to[j] = scale_[j] * from[j];
  }
}

template <class T>
void NeuronScale<T>::backward(const Matrix<T>& x, Matrix<T>& gradient) {
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const T* from = x.data() + r * x.cols();
    T* g = gradient.data() + r * x.cols();
    std::size_t next = 0;
    for (std::size_t j = 0; j < x.cols(); ++j) {
      const bool kept = next < kept_.size() && kept_[next] == j;
      if (kept) {
        ++next;
        gradient_[j] += g[j] * from[j];
      }
      g[j] = kept ? g[j] * scale_[j] : T(0);
    }
  }
  for (const std::uint32_t j : kept_) {
    if (scale_[j] > T(0)) gradient_[j] += penalty_;
    if (scale_[j] < T(0)) gradient_[j] -= penalty_;
  }
}

template <class T>
void NeuronScale<T>::clear_gradients() {
  std::fill(gradient_.begin(), gradient_.end(), T(0));
}

template class NeuronScale<float>;
template class NeuronScale<double>;

}  // namespace cascade
