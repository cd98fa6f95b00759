#include "models/layers/experts.h"

#include <algorithm>

#include "base/real.h"

namespace cascade {

template <class T>
void softmax_rows(Matrix<T>& logits) {
  for (std::size_t r = 0; r < logits.rows(); ++r) {
    T* row = logits.data() + r * logits.cols();
    const T largest = *std::max_element(row, row + logits.cols());
    double sum = 0;
    for (std::size_t k = 0; k < logits.cols(); ++k) {
      const double weight = exact_exp(static_cast<double>(row[k] - largest));
      row[k] = static_cast<T>(weight);
      sum += weight;
    }
    for (std::size_t k = 0; k < logits.cols(); ++k) row[k] = static_cast<T>(static_cast<double>(row[k]) / sum);
  }
}

template <class T>
Experts<T>::Experts(std::size_t in, const std::vector<std::size_t>& widths, std::size_t experts, std::size_t tasks,
                    Activation activation, Initialiser& initialiser)
    : outputs_(experts), shares_(tasks), mixed_(tasks), output_gradients_(experts) {
  CASCADE_CHECK(experts > 0 && tasks > 0 && !widths.empty(), "a mixture needs experts, their layers and a task");
  for (std::size_t k = 0; k < experts; ++k)
    experts_.emplace_back("expert_" + std::to_string(k), in, widths, activation, initialiser);
  for (std::size_t t = 0; experts > 1 && t < tasks; ++t)
    gates_.emplace_back("gate_" + std::to_string(t), in, experts, 3.0, initialiser);
}

template <class T>
double Experts<T>::flops() const {
  double sum = 0;
  for (const Mlp<T>& expert : experts_) sum += expert.flops();
  for (const Linear<T>& gate : gates_)
    sum += gate.flops() + 2 * static_cast<double>(experts_.size() * (1 + out()));  // softmax and mixture
  return sum;
}

template <class T>
void Experts<T>::forward(const Matrix<T>& x) {
  const std::size_t width = out();
  for (std::size_t k = 0; k < experts_.size(); ++k) {
    outputs_[k] = experts_[k].forward(x);
    activate(activation(), outputs_[k].values());
  }
  for (std::size_t t = 0; t < gates_.size(); ++t) {
    shares_[t].resize(x.rows(), experts_.size());
    gates_[t].forward(x.data(), x.rows(), x.cols(), shares_[t].data(), experts_.size());
    softmax_rows(shares_[t]);
    mixed_[t].resize(x.rows(), width);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      T* h = mixed_[t].data() + r * width;
      std::fill_n(h, width, T(0));
      for (std::size_t k = 0; k < experts_.size(); ++k) {
        const T share = shares_[t](r, k);
        const T* e = outputs_[k].data() + r * width;
        for (std::size_t i = 0; i < width; ++i) h[i] += share * e[i];
      }
    }
  }
}

template <class T>
void Experts<T>::backward(const Matrix<T>& x, const std::vector<Matrix<T>>& gradients, Matrix<T>& x_gradient) {
  const std::size_t rows = x.rows();
  const std::size_t width = out();
  x_gradient.resize(rows, x.cols());
  std::fill(x_gradient.values().begin(), x_gradient.values().end(), T(0));
  for (Matrix<T>& gradient : output_gradients_) {
    gradient.resize(rows, width);
    std::fill(gradient.values().begin(), gradient.values().end(), T(0));
  }
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    if (gates_.empty()) {
      for (std::size_t i = 0; i < gradients[t].size(); ++i) output_gradients_[0].data()[i] += gradients[t].data()[i];
      continue;
    }
    share_gradient_.resize(rows, experts_.size());
    for (std::size_t r = 0; r < rows; ++r) {
      const T* g = gradients[t].data() + r * width;
      T mean = 0;  // of the shares' gradients, weighed by the shares
      for (std::size_t k = 0; k < experts_.size(); ++k) {
        const T* e = outputs_[k].data() + r * width;
        T* into = output_gradients_[k].data() + r * width;
        const T share = shares_[t](r, k);
        T along = 0;
        for (std::size_t i = 0; i < width; ++i) {
          along += g[i] * e[i];
          into[i] += share * g[i];
        }
        share_gradient_(r, k) = along;
        mean += share * along;
      }
      for (std::size_t k = 0; k < experts_.size(); ++k)
        share_gradient_(r, k) = shares_[t](r, k) * (share_gradient_(r, k) - mean);
    }
    gates_[t].backward(x.data(), rows, x.cols(), share_gradient_.data(), experts_.size(), x_gradient.data(), x.cols(),
                       true);
  }
  for (std::size_t k = 0; k < experts_.size(); ++k) {
    activate_backward(activation(), static_cast<const Matrix<T>&>(outputs_[k]).values(), output_gradients_[k].values());
    experts_[k].backward(x, output_gradients_[k], one_gradient_);
    for (std::size_t i = 0; i < x_gradient.size(); ++i) x_gradient.data()[i] += one_gradient_.data()[i];
  }
}

template <class T>
void Experts<T>::append_parameters(std::vector<Parameter<T>>& parameters) {
  for (Mlp<T>& expert : experts_) expert.append_parameters(parameters);
  for (Linear<T>& gate : gates_) gate.append_parameters(parameters);
}

template <class T>
void Experts<T>::clear_gradients() {
  for (Mlp<T>& expert : experts_) expert.clear_gradients();
  for (Linear<T>& gate : gates_) gate.clear_gradients();
}

template void softmax_rows(Matrix<float>&);
template void softmax_rows(Matrix<double>&);
template class Experts<float>;
template class Experts<double>;

}  // namespace cascade
