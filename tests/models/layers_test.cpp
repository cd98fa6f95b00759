// Each layer's gradient against central differences in double, and its values by hand.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "base/errors.h"
#include "base/rng.h"
#include "data/features.h"
#include "models/layers/activation.h"
#include "models/layers/embedding.h"
#include "models/layers/feature_embedding.h"
#include "models/layers/frozen.h"
#include "models/layers/inner_product.h"
#include "models/layers/linear.h"
#include "models/layers/local_activation.h"
#include "models/layers/mlp.h"
#include "models/layers/normalise.h"
#include "models/layers/squeeze_excitation.h"
#include "tests/models/gradient_check.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

using testing::check_gradient;

Matrix<double> random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix<double> m(rows, cols);
  Rng rng(seed, Stream::test);
  for (double& x : m.values()) x = rng.uniform(-1, 1);
  return m;
}

/// sum of w * y: a loss whose gradient for y is w.
double weighted(const Matrix<double>& y, const Matrix<double>& w) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += y.data()[i] * w.data()[i];
  return sum;
}

const Matrix<double>& as_const(const Matrix<double>& m) { return m; }

}  // namespace

TEST_CASE("linear layer: gradients of weights, bias and inputs") {
  for (const std::size_t out : {std::size_t{1}, std::size_t{3}}) {
    for (const bool accumulate : {false, true}) {
      Initialiser initialiser(1);
      Linear<double> layer("layer", 4, out, 6.0, initialiser);
      Matrix<double> x = random_matrix(5, 4, 2);
      const Matrix<double> w = random_matrix(5, out, 3);
      Matrix<double> y(5, out);
      const auto loss = [&] {
        layer.forward(x.data(), 5, 4, y.data(), out);
        return weighted(y, w);
      };
      Matrix<double> gx(5, 4, accumulate ? 2.0 : -7.0);
      layer.backward(x.data(), 5, 4, w.data(), out, gx.data(), 4, accumulate);
      if (accumulate)
        for (double& g : gx.values()) g -= 2.0;
      std::vector<Parameter<double>> parameters;
      layer.append_parameters(parameters);
      REQUIRE(parameters.size() == 2);
      for (auto& parameter : parameters) check_gradient(parameter.name, parameter.value, parameter.gradient, loss);
      check_gradient("x", x.values(), as_const(gx).values(), loss);
    }
  }
}

TEST_CASE("linear layer: float agrees with double") {
  Initialiser one(1);
  Initialiser other(1);
  Linear<double> exact("layer", 37, 19, 6.0, one);
  Linear<float> fast("layer", 37, 19, 6.0, other);
  const Matrix<double> x = random_matrix(33, 37, 2);
  const Matrix<float> xf = frozen_rows(x, {0, 33});
  Matrix<double> y(33, 19);
  Matrix<float> yf(33, 19);
  exact.forward(x.data(), 33, 37, y.data(), 19, true);
  fast.forward(xf.data(), 33, 37, yf.data(), 19, true);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(yf.data()[i] == Approx(y.data()[i]).margin(1e-5));

  const Matrix<double> g = random_matrix(33, 19, 3);
  const Matrix<float> gf = frozen_rows(g, {0, 33});
  Matrix<double> gx(33, 37);
  Matrix<float> gxf(33, 37);
  exact.backward(x.data(), 33, 37, g.data(), 19, gx.data(), 37);
  fast.backward(xf.data(), 33, 37, gf.data(), 19, gxf.data(), 37);
  for (std::size_t i = 0; i < gx.size(); ++i) CHECK(gxf.data()[i] == Approx(gx.data()[i]).margin(1e-5));
  std::vector<Parameter<double>> parameters;
  std::vector<Parameter<float>> parameters_f;
  exact.append_parameters(parameters);
  fast.append_parameters(parameters_f);
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (std::size_t i = 0; i < parameters[p].gradient.size(); ++i)
      CHECK(parameters_f[p].gradient[i] == Approx(parameters[p].gradient[i]).margin(1e-4));
}

TEST_CASE("activations: values and derivatives, 0 and -0 on the left side") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu}) {
    const double slope = activation == Activation::relu ? 0.0 : 0.01;
    std::vector<double> x = {-2, -0.0, 0, 3};
    activate(activation, std::span<double>(x));
    CHECK(x[0] == Approx(-2 * slope));
    CHECK(x[1] == 0);
    CHECK(x[3] == 3);
    std::vector<double> g = {5, 5, 5, 5};
    activate_backward(activation, std::span<const double>(x), std::span<double>(g));
    CHECK(g == std::vector<double>{5 * slope, 5 * slope, 5 * slope, 5});
  }
}

TEST_CASE("network: gradients through every layer") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu}) {
    for (const std::vector<std::size_t>& widths : {std::vector<std::size_t>{1}, {5, 3}, {6, 4, 1}}) {
      Initialiser initialiser(4);
      Mlp<double> mlp("layer", 3, widths, activation, initialiser);
      Matrix<double> x = random_matrix(7, 3, 5);
      const Matrix<double> w = random_matrix(7, widths.back(), 6);
      std::vector<Parameter<double>> parameters;
      mlp.append_parameters(parameters);
      Rng rng(7, Stream::test);  // a unit whose inputs are all cut off would stand on its kink with a bias of 0
      for (auto& parameter : parameters)
        for (double& value : parameter.value) value += rng.uniform(-0.2, 0.2);
      const auto loss = [&] { return weighted(mlp.forward(x), w); };
      loss();
      Matrix<double> gy = w;
      Matrix<double> gx;
      mlp.backward(x, gy, gx);
      for (auto& parameter : parameters) check_gradient(parameter.name, parameter.value, parameter.gradient, loss);
      check_gradient("x", x.values(), as_const(gx).values(), loss);
    }
  }
}

TEST_CASE("embedding: mean over the values there are, zeros without any") {
  Initialiser initialiser(1);
  Embedding<double> table("table", 4, 2, 1.0, initialiser);
  const auto row = [&](std::size_t r, std::size_t i) { return table.table()(r, i); };
  const std::vector<std::uint32_t> ids = {1, 3, kNoValue, 2, kNoValue, kNoValue, kNoValue, kNoValue, kNoValue};
  Matrix<double> out(3, 2, 9.0);
  table.forward(ids, 3, out.data(), 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(out(0, i) == Approx((row(1, i) + row(3, i)) / 2));
    CHECK(out(1, i) == row(2, i));
    CHECK(out(2, i) == 0);
  }
  const std::vector<std::uint32_t> single = {2, kNoValue};
  table.forward(single, 1, out.data(), 2);
  CHECK(out(0, 1) == row(2, 1));
  CHECK(out(1, 1) == 0);
}

TEST_CASE("the values of a batch are those of its users and those logged, and none is past its group's cardinality") {
  constexpr std::uint32_t kUsers = 40;
  constexpr std::uint32_t kValues = 9;  // of user u: u, u + 1, ... of which every fourth is left out
  const FeatureSchema schema({toy::group("many", Side::user, kUsers + kValues, kValues), cross_groups()[0]});
  std::vector<std::uint32_t> column;
  for (std::uint32_t u = 0; u < kUsers; ++u)
    for (std::uint32_t v = 0; v < kValues; ++v) column.push_back(v % 4 == 3 ? kNoValue : u + v);
  const FeatureStore store(schema, std::vector<FeatureStore::User>(kUsers), {}, {column, {}});
  LogTable log;
  log.cross.resize(1);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < kUsers; ++row) {
    log.user.push_back(7 * row % kUsers);
    log.cross[0].push_back(static_cast<std::uint8_t>(row % schema[1].cardinality));
    rows.insert(rows.begin(), row);
  }
  const Batch batch{&store, &log, rows};
  std::vector<std::uint32_t> ids;
  gather_values(batch, {0, Side::user, 0, kValues, 0}, ids);
  REQUIRE(ids.size() == kUsers * kValues);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto expected = store.values(0, log.user[rows[r]]);
    CHECK(std::equal(expected.begin(), expected.end(), ids.begin() + static_cast<std::ptrdiff_t>(r * kValues)));
  }
  const EmbeddedGroup cross{1, Side::cross, 0, 1, 0};
  gather_values(batch, cross, ids);
  for (std::size_t r = 0; r < rows.size(); ++r) CHECK(ids[r] == rows[r] % schema[1].cardinality);
  log.cross[0][3] = static_cast<std::uint8_t>(schema[1].cardinality);
  CHECK_THROWS_AS(gather_values(batch, cross, ids), InternalError);
}

TEST_CASE("embedding: gradients, with a value twice in a row and in several rows") {
  for (const std::size_t width : {std::size_t{1}, std::size_t{3}, std::size_t{8}}) {
    Initialiser initialiser(2);
    Embedding<double> table("table", 6, width, 1.0, initialiser);
    const std::vector<std::uint32_t> ids = {1, 1, 4, kNoValue, 4, 1, kNoValue, kNoValue, 0, 4};
    const Matrix<double> w = random_matrix(5, width, 3);
    Matrix<double> out(5, width);
    const auto loss = [&] {
      table.forward(ids, 2, out.data(), width);
      return weighted(out, w);
    };
    table.backward(ids, 2, w.data(), width);
    Parameter<double> parameter = table.parameter();
    CHECK(parameter.sparse->rows == std::vector<std::uint32_t>{1, 4, 0});
    std::vector<double> gradient(6 * width);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t i = 0; i < width; ++i)
        gradient[parameter.sparse->rows[k] * width + i] = parameter.sparse->values[k * width + i];
    check_gradient("table", parameter.value, gradient, loss);
    table.clear_gradients();
    CHECK(table.parameter().sparse->rows.empty());
    table.backward(ids, 2, w.data(), width);
    CHECK(table.parameter().sparse->rows == std::vector<std::uint32_t>{1, 4, 0});
    CHECK(table.parameter().sparse->values[0] == gradient[width]);
  }
}

TEST_CASE("initial embeddings have the standard deviation asked for; streams differ by place") {
  Initialiser initialiser(7);
  const Embedding<float> first("a", 2000, 8, 0.05, initialiser);
  const Embedding<float> second("b", 2000, 8, 0.05, initialiser);
  double squares = 0;
  for (const float x : first.table().values()) squares += static_cast<double>(x) * static_cast<double>(x);
  CHECK(std::sqrt(squares / 16000) == Approx(0.05).epsilon(0.03));
  CHECK(first.table()(0, 0) != second.table()(0, 0));
  Initialiser again(7);
  const Embedding<float> same("a", 2000, 8, 0.05, again);
  CHECK(std::equal(first.table().values().begin(), first.table().values().end(), same.table().values().begin()));
}

TEST_CASE("unit length: 3-4-5 by hand, gradient, and the zero vector") {
  Matrix<double> x(1, 2);
  x(0, 0) = 3;
  x(0, 1) = 4;
  L2Normalise<double> layer;
  layer.forward(x);
  CHECK(x(0, 0) == Approx(0.6));
  CHECK(x(0, 1) == Approx(0.8));
  // d(x / |x|) g = (g - u <u, g>) / |x|; for g = (1, 0): (1 - .36, -.48) / 5.
  Matrix<double> g(1, 2);
  g(0, 0) = 1;
  layer.backward(x, g);
  CHECK(g(0, 0) == Approx(0.128));
  CHECK(g(0, 1) == Approx(-0.096));

  Matrix<double> inputs = random_matrix(4, 3, 1);
  const Matrix<double> w = random_matrix(4, 3, 2);
  Matrix<double> y;
  const auto loss = [&] {
    y = inputs;
    layer.forward(y);
    return weighted(y, w);
  };
  loss();
  Matrix<double> gradient = w;
  layer.backward(y, gradient);
  check_gradient("x", inputs.values(), as_const(gradient).values(), loss);

  std::vector<float> zero = {0, 0};
  normalise_row(zero.data(), 2);
  CHECK(zero == std::vector<float>{0, 0});
}

TEST_CASE("inner product: gradients of both sides") {
  Matrix<double> u = random_matrix(4, 3, 1);
  Matrix<double> v = random_matrix(4, 3, 2);
  const std::vector<double> w = {1, -2, 0.5, 3};
  std::vector<double> out(4);
  const auto loss = [&] {
    inner_product(u, v, 5.0, std::span<double>(out));
    double sum = 0;
    for (std::size_t r = 0; r < 4; ++r) sum += out[r] * w[r];
    return sum;
  };
  Matrix<double> gu;
  Matrix<double> gv;
  inner_product_backward(u, v, 5.0, std::span<const double>(w), gu, gv);
  check_gradient("u", u.values(), as_const(gu).values(), loss);
  check_gradient("v", v.values(), as_const(gv).values(), loss);
}

TEST_CASE("squeeze-excitation: both forms by hand") {
  for (const SqueezeForm form : {SqueezeForm::paper, SqueezeForm::talk}) {
    Initialiser initialiser(1);
    SqueezeExcitation<double> block("squeeze", form, 2, 2, initialiser);
    std::vector<Parameter<double>> parameters;
    block.append_parameters(parameters);
    const std::vector<double> paper = {1, -2};                      // w
    const std::vector<double> talk = {1, 0, -2, 0, 0, 3, 0.5, -1};  // W [4, 2]
    const std::vector<double>& w = form == SqueezeForm::paper ? paper : talk;
    REQUIRE(parameters[0].value.size() == w.size());
    std::copy(w.begin(), w.end(), parameters[0].value.begin());
    for (double& b : parameters[1].value) b = 0.5;
    Matrix<double> e(1, 4);  // e_1 = (3, 1), e_2 = (-1, 2)
    const std::vector<double> row = {3, 1, -1, 2};
    std::copy(row.begin(), row.end(), e.data());
    Matrix<double> v(1, 5, 9.0);
    block.forward(e, v.data(), 5);
    // paper: 3 - 2 + .5 and -1 - 4 + .5; talk: 3 - 2 + 0 + 1 + .5 and 0 + 0 - 3 - 2 + .5.
    const double first = form == SqueezeForm::paper ? 1.5 : 2.5;
    const double s1 = 1 / (1 + std::exp(-first));
    const double s2 = 1 / (1 + std::exp(4.5));
    CHECK(block.weights()(0, 0) == Approx(s1));
    CHECK(block.weights()(0, 1) == Approx(s2));
    CHECK(v(0, 0) == Approx(3 * s1));
    CHECK(v(0, 1) == Approx(s1));
    CHECK(v(0, 2) == Approx(-s2));
    CHECK(v(0, 3) == Approx(2 * s2));
    CHECK(v(0, 4) == 9);
    // paper: twice 2 * 2 + 1, talk: 2 * 4 * 2 + 2; and four products.
    CHECK(block.flops() == (form == SqueezeForm::paper ? 10 : 18) + 4);
  }
}

TEST_CASE("squeeze-excitation: gradients of parameters and inputs") {
  for (const SqueezeForm form : {SqueezeForm::paper, SqueezeForm::talk}) {
    Initialiser initialiser(5);
    SqueezeExcitation<double> block("squeeze", form, 3, 4, initialiser);
    Matrix<double> e = random_matrix(6, 12, 6);
    const Matrix<double> w = random_matrix(6, 12, 7);
    Matrix<double> v(6, 12);
    const auto loss = [&] {
      block.forward(e, v.data(), 12);
      return weighted(v, w);
    };
    loss();
    Matrix<double> ge;
    block.backward(e, w.data(), 12, ge);
    std::vector<Parameter<double>> parameters;
    block.append_parameters(parameters);
    for (auto& parameter : parameters) check_gradient(parameter.name, parameter.value, parameter.gradient, loss);
    check_gradient("e", e.values(), as_const(ge).values(), loss);
  }
}

TEST_CASE("attention over behaviours: a weighted sum by hand, without a softmax") {
  Initialiser initialiser(1);
  LocalActivation<double> attention("attention", 1, {}, Activation::relu, initialiser);
  std::vector<Parameter<double>> parameters;
  attention.append_parameters(parameters);
  const std::vector<double> w = {1, 10, 100, 1000};
  std::copy(w.begin(), w.end(), parameters[0].value.begin());
  parameters[1].value[0] = 0.5;
  Matrix<double> e(3, 1);  // two behaviours of the first row, none of the second, one of the third
  e(0, 0) = 2;
  e(1, 0) = 3;
  e(2, 0) = -1;
  Matrix<double> v(3, 1);
  v(0, 0) = 1;
  v(1, 0) = 5;
  v(2, 0) = 4;
  const std::vector<std::size_t> starts = {0, 2, 2, 3};
  Matrix<double> out(3, 2, 9.0);
  attention.forward(e, v, starts, out.data(), 2);
  // a(2, 1) = 2 + 10 + 100 + 2000 + .5, a(3, 1) = 3 + 10 + 200 + 3000 + .5; a(-1, 4) = -1 + 40 - 500 - 4000 + .5.
  CHECK(out(0, 0) == Approx(2112.5 * 2 + 3213.5 * 3));
  CHECK(out(1, 0) == 0);
  CHECK(out(2, 0) == Approx(4460.5));
  CHECK(out(0, 1) == 9);
  // A difference and a product, 2 * 4 + 1 in the network, a product and a sum.
  CHECK(attention.flops() == 2 + 9 + 2);
}

TEST_CASE("attention over behaviours: gradients of network, behaviours and candidates") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu}) {
    Initialiser initialiser(2);
    LocalActivation<double> attention("attention", 3, {4}, activation, initialiser);
    Matrix<double> e = random_matrix(6, 3, 3);
    Matrix<double> v = random_matrix(4, 3, 4);
    const Matrix<double> w = random_matrix(4, 3, 5);
    const std::vector<std::size_t> starts = {0, 3, 3, 4, 6};
    Matrix<double> out(4, 3);
    std::vector<Parameter<double>> parameters;
    attention.append_parameters(parameters);
    Rng rng(6, Stream::test);
    for (auto& parameter : parameters)
      for (double& value : parameter.value) value += rng.uniform(-0.2, 0.2);
    const auto loss = [&] {
      attention.forward(e, v, starts, out.data(), 3);
      return weighted(out, w);
    };
    loss();
    Matrix<double> ge;
    Matrix<double> gv;
    attention.backward(e, v, starts, w.data(), 3, ge, gv);
    for (auto& parameter : parameters) check_gradient(parameter.name, parameter.value, parameter.gradient, loss);
    check_gradient("e", e.values(), as_const(ge).values(), loss);
    check_gradient("v", v.values(), as_const(gv).values(), loss);
  }
  Initialiser initialiser(2);
  LocalActivation<double> attention("attention", 3, {4}, Activation::relu, initialiser);
  const Matrix<double> none(0, 3);
  const Matrix<double> v = random_matrix(1, 3, 4);
  const std::vector<std::size_t> starts = {0, 0};
  Matrix<double> out(1, 3, 9.0);
  Matrix<double> ge;
  Matrix<double> gv;
  attention.forward(none, v, starts, out.data(), 3);
  attention.backward(none, v, starts, out.data(), 3, ge, gv);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(out(0, i) == 0);
    CHECK(gv(0, i) == 0);
  }
}

TEST_CASE("a frozen network gives what the network gave") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu}) {
    Initialiser initialiser(4);
    Mlp<float> mlp("layer", 9, {20, 40, 5, 1}, activation, initialiser);
    const Matrix<float> x = frozen_rows(random_matrix(50, 9, 5), {0, 50});
    const FrozenMlp frozen(mlp, 0);
    const Matrix<float>& expected = mlp.forward(x);
    std::vector<float> y(50);
    ForwardScratch scratch;
    frozen.apply(x.data(), 50, 9, y.data(), 1, scratch);
    for (std::size_t r = 0; r < 50; ++r) CHECK(y[r] == expected(r, 0));
    // One row alone has the same bits.
    float alone = 0;
    frozen.apply(x.row(17).data(), 1, 9, &alone, 1, scratch);
    CHECK(alone == y[17]);
  }
}

}  // namespace cascade
