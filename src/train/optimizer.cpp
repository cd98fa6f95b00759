#include "train/optimizer.h"

#include <cmath>

#include "models/layers/widths.h"

namespace cascade {
namespace {

constexpr double kAdagradEpsilon = 1e-10;
constexpr double kAdamEpsilon = 1e-8;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;

/// FLOPs and passes over memory (value, gradient, states; read or written) of one number's step.
struct StepWork {
  double flops;
  double passes;
};

StepWork step_work(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return {2, 3};
    case OptimizerKind::adagrad:
      return {7, 5};
    case OptimizerKind::adam:
      break;
  }
  return {13, 7};
}

double power(double base, std::int64_t exponent) {  // by squaring: std::pow's bits change with the library
  double result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

// The three rules below update n numbers; n is a constant of the type or a plain number. The arrays do not overlap.

template <class T>
struct Sgd {
  T rate;
  T l2;
  template <class N>
  void operator()(T* __restrict value, const T* __restrict gradient, T* /*first*/, T* /*second*/, N n) const {
    for (std::size_t i = 0; i < n; ++i) value[i] -= rate * (gradient[i] + l2 * value[i]);
  }
};

template <class T>
struct Adagrad {
  T rate;
  T l2;
  template <class N>
  void operator()(T* __restrict value, const T* __restrict gradient, T* __restrict sums, T* /*second*/, N n) const {
    for (std::size_t i = 0; i < n; ++i) {
      const T g = gradient[i] + l2 * value[i];
      sums[i] += g * g;
      value[i] -= rate * g / (std::sqrt(sums[i]) + static_cast<T>(kAdagradEpsilon));
    }
  }
};

template <class T>
struct Adam {
  T size;  ///< value -= size * m / (sqrt(v) * root + epsilon)
  T root;
  T l2;
  template <class N>
  void operator()(T* __restrict value, const T* __restrict gradient, T* __restrict m, T* __restrict v, N n) const {
    for (std::size_t i = 0; i < n; ++i) {
      const T g = gradient[i] + l2 * value[i];
      m[i] = static_cast<T>(kBeta1) * m[i] + static_cast<T>(1 - kBeta1) * g;
      v[i] = static_cast<T>(kBeta2) * v[i] + static_cast<T>(1 - kBeta2) * g * g;
      value[i] -= size * m[i] / (std::sqrt(v[i]) * root + static_cast<T>(kAdamEpsilon));
    }
  }
};

template <class T, class Rule>
void update(const Rule& rule, const Parameter<T>& parameter, T* first, T* second) {
  if (parameter.sparse == nullptr) {
    rule(parameter.value.data(), parameter.gradient.data(), first, second, parameter.value.size());
    return;
  }
  const std::vector<std::uint32_t>& rows = parameter.sparse->rows;
  const T* gradient = parameter.sparse->values.data();
  with_width(parameter.width, [&](auto width) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (k + kPrefetchRows < rows.size()) {
        const std::size_t ahead = rows[k + kPrefetchRows] * width;
        prefetch(parameter.value.data() + ahead, width);
        if (first != nullptr) prefetch(first + ahead, width);
        if (second != nullptr) prefetch(second + ahead, width);
      }
      const std::size_t at = rows[k] * width;
      rule(parameter.value.data() + at, gradient + k * width, first == nullptr ? nullptr : first + at,
           second == nullptr ? nullptr : second + at, width);
    }
  });
}

}  // namespace

template <class T>
Optimizer<T>::Optimizer(const std::vector<Parameter<T>>& parameters, const TrainParams& params)
    : dense_{params.optimizer, params.learning_rate},
      sparse_{params.embedding_optimizer, params.embedding_learning_rate},
      l2_(static_cast<T>(params.l2)) {
  for (const Parameter<T>& parameter : parameters) {
    const OptimizerKind kind = (parameter.sparse == nullptr ? dense_ : sparse_).kind;
    State state;
    if (kind != OptimizerKind::sgd) state.first.resize(parameter.value.size());
    if (kind == OptimizerKind::adam) state.second.resize(parameter.value.size());
    states_.push_back(std::move(state));
  }
}

template <class T>
void Optimizer<T>::step(const std::vector<Parameter<T>>& parameters) {
  CASCADE_CHECK(parameters.size() == states_.size(), "parameters of another model");
  ++steps_;
  const double c1 = 1 - power(kBeta1, steps_);
  const double c2 = std::sqrt(1 - power(kBeta2, steps_));
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const Parameter<T>& parameter = parameters[k];
    const bool sparse = parameter.sparse != nullptr;
    const Setting& setting = sparse ? sparse_ : dense_;
    T* first = states_[k].first.empty() ? nullptr : states_[k].first.data();
    T* second = states_[k].second.empty() ? nullptr : states_[k].second.data();
    const T rate = static_cast<T>(setting.learning_rate);
    const auto moved =
        static_cast<double>(sparse ? parameter.sparse->rows.size() * parameter.width : parameter.value.size());
    flops_ += step_work(setting.kind).flops * moved;
    bytes_ += step_work(setting.kind).passes * sizeof(float) * moved;
    switch (setting.kind) {
      case OptimizerKind::sgd:
        update(Sgd<T>{rate, l2_}, parameter, first, second);
        break;
      case OptimizerKind::adagrad:
        update(Adagrad<T>{rate, l2_}, parameter, first, second);
        break;
      case OptimizerKind::adam: {
        const double size = setting.learning_rate * (sparse ? c2 : 1.0) / c1;
        update(Adam<T>{static_cast<T>(size), sparse ? T(1) : static_cast<T>(1 / c2), l2_}, parameter, first, second);
        break;
      }
    }
  }
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace cascade
