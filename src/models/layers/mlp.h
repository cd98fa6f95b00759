#pragma once
#include <string>
#include <vector>

#include "models/layers/activation.h"
#include "models/layers/linear.h"
#include "models/layers/neuron_scale.h"

namespace cascade {

/// Linear layers with an activation after each but the last.
template <class T>
class Mlp {
 public:
  Mlp() = default;
  /// `widths` are the outputs of the layers, the last one linear. Layers are named NAME.0, NAME.1, ...
  Mlp(const std::string& name, std::size_t in, const std::vector<std::size_t>& widths, Activation activation,
      Initialiser& initialiser);

  /// From now on every hidden neuron has a scale after its activation (NAME.0.scale, ...), pulled down by `penalty`.
  void add_scales(double penalty);
  std::vector<NeuronScale<T>>& scales() { return scales_; }  ///< of the hidden layers; none before add_scales()
  const std::vector<NeuronScale<T>>& scales() const { return scales_; }
  /// The same function without scales and without the neurons that they mask: rows and columns are gone, the scales are
  /// in the weights of the layer behind.
  Mlp compact() const;

  std::size_t in() const { return layers_.front().in(); }
  std::size_t out() const { return layers_.back().out(); }
  const std::vector<Linear<T>>& layers() const { return layers_; }
  Linear<T>& last() { return layers_.back(); }
  Activation activation() const { return activation_; }
  double flops() const;  ///< a row, forward, masked neurons among them

  /// Outputs [rows, out]. `x` must stay as it is until backward().
  const Matrix<T>& forward(const Matrix<T>& x);

  /// Adds the parameters' gradients for outputs' gradient `gradient` [rows, out] (overwritten), and writes the inputs'
  /// gradient [rows, in].
  void backward(const Matrix<T>& x, Matrix<T>& gradient, Matrix<T>& x_gradient);

  void append_parameters(std::vector<Parameter<T>>& parameters);
  void clear_gradients();

 private:
  std::string name_;
  Activation activation_ = Activation::relu;
  std::vector<Linear<T>> layers_;
  std::vector<NeuronScale<T>> scales_;
  std::vector<Matrix<T>> outputs_;    ///< [rows, out] of each layer, activated
  std::vector<Matrix<T>> scaled_;     ///< the same of the hidden layers, scaled, where they are
  std::vector<Matrix<T>> gradients_;  ///< of the outputs of each layer but the last
};

}  // namespace cascade
