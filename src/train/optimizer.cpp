#include "train/optimizer.h"

#include <cmath>

namespace cascade {
namespace {

constexpr double kAdagradEpsilon = 1e-10;
constexpr double kAdamEpsilon = 1e-8;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;

double power(double base, std::int64_t exponent) {  // by squaring: std::pow's bits change with the library
  double result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace

/// Factors of Adam at step t: value -= size * m / (sqrt(v) * root + epsilon).
template <class T>
struct Optimizer<T>::Step {
  T size = 0;
  T root = 1;
};

template <class T>
Optimizer<T>::Optimizer(const std::vector<Parameter<T>>& parameters, const TrainParams& params)
    : dense_{params.optimizer, static_cast<T>(params.learning_rate)},
      sparse_{params.embedding_optimizer, static_cast<T>(params.embedding_learning_rate)},
      l2_(static_cast<T>(params.l2)) {
  for (const Parameter<T>& parameter : parameters) {
    const OptimizerKind kind = (parameter.sparse ? sparse_ : dense_).kind;
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
  const Step dense{static_cast<T>(static_cast<double>(dense_.learning_rate) / c1), static_cast<T>(1 / c2)};
  const Step sparse{static_cast<T>(static_cast<double>(sparse_.learning_rate) * c2 / c1), T(1)};
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const Parameter<T>& parameter = parameters[k];
    if (!parameter.sparse) {
      update(dense_, dense, parameter, states_[k], 0, parameter.value.size());
      continue;
    }
    for (const std::uint32_t row : *parameter.touched)
      update(sparse_, sparse, parameter, states_[k], row * parameter.width, (row + std::size_t{1}) * parameter.width);
  }
}

template <class T>
void Optimizer<T>::update(const Rule& rule, const Step& step, const Parameter<T>& parameter, State& state,
                          std::size_t begin, std::size_t end) const {
  T* value = parameter.value.data();
  const T* gradient = parameter.gradient.data();
  switch (rule.kind) {
    case OptimizerKind::sgd:
      for (std::size_t i = begin; i < end; ++i) value[i] -= rule.learning_rate * (gradient[i] + l2_ * value[i]);
      break;
    case OptimizerKind::adagrad: {
      T* sums = state.first.data();
      for (std::size_t i = begin; i < end; ++i) {
        const T g = gradient[i] + l2_ * value[i];
        sums[i] += g * g;
        value[i] -= rule.learning_rate * g / (std::sqrt(sums[i]) + static_cast<T>(kAdagradEpsilon));
      }
      break;
    }
    case OptimizerKind::adam: {
      T* m = state.first.data();
      T* v = state.second.data();
      for (std::size_t i = begin; i < end; ++i) {
        const T g = gradient[i] + l2_ * value[i];
        m[i] = static_cast<T>(kBeta1) * m[i] + static_cast<T>(1 - kBeta1) * g;
        v[i] = static_cast<T>(kBeta2) * v[i] + static_cast<T>(1 - kBeta2) * g * g;
        value[i] -= step.size * m[i] / (std::sqrt(v[i]) * step.root + static_cast<T>(kAdamEpsilon));
      }
      break;
    }
  }
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace cascade
