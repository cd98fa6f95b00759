#include "base/product.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/panel_product.h"
#include "base/rng.h"

namespace cascade {
namespace {

Matrix<float> random_matrix(std::size_t rows, std::size_t cols, std::uint64_t name) {
  Rng rng(7, Stream::test, name);
  Matrix<float> x(rows, cols);
  for (float& value : x.values()) value = static_cast<float>(rng.normal());
  return x;
}

Matrix<double> widen(const Matrix<float>& x) {
  Matrix<double> y(x.rows(), x.cols());
  for (std::size_t i = 0; i < x.size(); ++i) y.data()[i] = x.data()[i];
  return y;
}

Matrix<float> transpose(const Matrix<float>& x) {
  Matrix<float> y(x.cols(), x.rows());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.cols(); ++c) y(c, r) = x(r, c);
  }
  return y;
}

bool same_bits(const Matrix<float>& x, const Matrix<float>& y) {
  return x.rows() == y.rows() && x.cols() == y.cols() &&
         (x.size() == 0 || std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0);
}

/// Largest error against A B in double, in units of the bound that holds for any order of summation:
/// (k + 1) eps sum |a b|. Above 1 something is wrong.
double relative_error(const Matrix<float>& a, const Matrix<float>& b, const Matrix<float>& c) {
  double worst = 0;
  for (std::size_t r = 0; r < a.rows(); ++r) {
    for (std::size_t j = 0; j < b.cols(); ++j) {
      double exact = 0;
      double magnitude = 0;
      for (std::size_t p = 0; p < a.cols(); ++p) {
        const double term = static_cast<double>(a(r, p)) * b(p, j);
        exact += term;
        magnitude += std::abs(term);
      }
      const double bound = (static_cast<double>(a.cols()) + 1) * 0x1p-24 * magnitude + 1e-30;
      worst = std::max(worst, std::abs(c(r, j) - exact) / bound);
    }
  }
  return worst;
}

Matrix<float> product(const Matrix<float>& a, const Matrix<float>& b) {
  Matrix<float> c(a.rows(), b.cols(), -1.0f);
  multiply(a.data(), a.rows(), a.cols(), PackedMatrix::pack(b.data(), b.rows(), b.cols(), b.cols()), c.data(),
           c.cols());
  return c;
}

std::vector<SimdPath> available_paths() {
  std::vector<SimdPath> paths;
  for (SimdPath path : {SimdPath::portable, SimdPath::avx2, SimdPath::avx512}) {
    if (simd_path_available(path)) paths.push_back(path);
  }
  return paths;
}

struct Shape {
  std::size_t m, k, n;
};

const std::vector<Shape> kShapes = {{1, 1, 1},    {0, 5, 7},     {5, 0, 7},    {5, 7, 0},
                                    {1, 64, 100}, {11, 3, 15},   {12, 17, 16}, {13, 16, 17},
                                    {24, 40, 32}, {25, 129, 33}, {37, 50, 70}, {100, 72, 128},
                                    {3, 700, 9},  {64, 64, 96},  {131, 20, 1}, {300, 331, 45}};

}  // namespace

TEST_CASE("a product agrees with a double reference at every shape") {
  for (const Shape& s : kShapes) {
    CAPTURE(s.m, s.k, s.n);
    const Matrix<float> a = random_matrix(s.m, s.k, 1);
    const Matrix<float> b = random_matrix(s.k, s.n, 2);
    CHECK(relative_error(a, b, product(a, b)) <= 1);
  }
}

TEST_CASE("both ways of packing give the same matrix, also into memory already used") {
  const Matrix<float> b = random_matrix(19, 45, 3);
  const Matrix<float> bt = transpose(b);
  const Matrix<float> a = random_matrix(6, 19, 4);
  const Matrix<float> expected = product(a, b);
  PackedMatrix packed = PackedMatrix::pack_transposed(bt.data(), 45, 19, 19);
  Matrix<float> c(6, 45);
  multiply(a.data(), 6, 19, packed, c.data(), 45);
  CHECK(same_bits(c, expected));

  const Matrix<float> other = random_matrix(60, 64, 5);
  packed.repack(other.data(), 60, 64, 64);
  packed.repack_transposed(bt.data(), 45, 19, 19);
  CHECK(packed.k() == 19);
  CHECK(packed.n() == 45);
  CHECK(packed.bytes() == 64 * 60 * sizeof(float));
  multiply(a.data(), 6, 19, packed, c.data(), 45);
  CHECK(same_bits(c, expected));
}

TEST_CASE("an element of a product depends on its own row and column only") {
  const Matrix<float> a = random_matrix(67, 90, 6);
  const Matrix<float> b = random_matrix(90, 75, 7);
  const Matrix<float> whole = product(a, b);
  const PackedMatrix packed = PackedMatrix::pack(b.data(), 90, 75, 75);
  Rng rng(1, Stream::test, 8);
  for (int trial = 0; trial < 50; ++trial) {
    // Some rows, in any order, any number of them; some columns, packed anew at other places.
    const std::size_t m = 1 + rng.below(40);
    const std::size_t n = 1 + rng.below(40);
    Matrix<float> rows(m, 90);
    Matrix<float> columns(90, n);
    Matrix<float> expected(m, n);
    std::vector<std::size_t> row_of(m);
    std::vector<std::size_t> column_of(n);
    for (std::size_t& r : row_of) r = rng.below(67);
    for (std::size_t& j : column_of) j = rng.below(75);
    for (std::size_t r = 0; r < m; ++r) {
      for (std::size_t p = 0; p < 90; ++p) rows(r, p) = a(row_of[r], p);
      for (std::size_t j = 0; j < n; ++j) expected(r, j) = whole(row_of[r], column_of[j]);
    }
    for (std::size_t p = 0; p < 90; ++p) {
      for (std::size_t j = 0; j < n; ++j) columns(p, j) = b(p, column_of[j]);
    }
    CHECK(same_bits(product(rows, columns), expected));
  }
  for (std::size_t first : {0, 32, 64}) {
    for (std::size_t count = 0; first + count <= 75; count += 7) {
      Matrix<float> part(67, count);
      multiply_columns(a.data(), 67, 90, packed, first, count, part.data(), count);
      Matrix<float> expected(67, count);
      for (std::size_t r = 0; r < 67; ++r) {
        for (std::size_t j = 0; j < count; ++j) expected(r, j) = whole(r, first + j);
      }
      CHECK(same_bits(part, expected));
    }
  }
}

TEST_CASE("every instruction set gives the bits of one fused chain in the order of k") {
  for (const Shape& s : kShapes) {
    if (s.k == 0 || s.n == 0 || s.n > PackedMatrix::kPanelWidth) continue;
    CAPTURE(s.m, s.k, s.n);
    const Matrix<float> a = random_matrix(s.m, s.k, 9);
    const Matrix<float> b = random_matrix(s.k, s.n, 10);
    const Matrix<float> start = random_matrix(s.m, s.n, 11);
    const Matrix<float> bias = random_matrix(1, s.n, 12);
    const PackedMatrix packed = PackedMatrix::pack(b.data(), s.k, s.n, s.n);
    for (bool accumulate : {false, true}) {
      for (bool relu : {false, true}) {
        Matrix<float> expected(s.m, s.n);
        for (std::size_t r = 0; r < s.m; ++r) {
          for (std::size_t j = 0; j < s.n; ++j) {
            float sum = accumulate ? start(r, j) : 0.0f;
            for (std::size_t p = 0; p < s.k; ++p) sum = std::fma(a(r, p), b(p, j), sum);
            sum += bias(0, j);
            expected(r, j) = relu && !(sum > 0) ? 0.0f : sum;
          }
        }
        for (SimdPath path : available_paths()) {
          CAPTURE(static_cast<int>(path), accumulate, relu);
          Matrix<float> c = start;
          panel_kernel(path)({.a = a.data(),
                              .row_step = s.k,
                              .k_step = 1,
                              .rows = s.m,
                              .k = s.k,
                              .panel = packed.panel(0),
                              .next_panel = packed.panel(0),
                              .columns = s.n,
                              .c = c.data(),
                              .stride_c = s.n,
                              .epilogue = {.bias = bias.data(), .relu = relu, .accumulate = accumulate}});
          CHECK(same_bits(c, expected));
        }
      }
    }
  }
}

TEST_CASE("the portable fused operation is exact where double rounding would err") {
  // 1 + 2^-23 times itself is 1 + 2^-22 + 2^-46: added to 2^-24 the exact sum lies just above the middle of two
  // floats, and the 2^-46 that decides is lost in a sum rounded to double first when c is large.
  Rng rng(3, Stream::test, 13);
  std::vector<float> a = {1 + 0x1p-23f, 3.0e38f, 1e-30f, 0.0f, std::numeric_limits<float>::infinity(), 1 + 0x1p-12f};
  std::vector<float> c = {0x1p-24f, 3.0e38f, 1e-38f, -0.0f, 1.0f, 0x1p30f};
  for (int i = 0; i < 20000; ++i) {  // exponents far apart and near: the sum's last bits matter
    const double x = rng.normal() * std::exp2(static_cast<double>(rng.below(60)) - 30);
    a.push_back(static_cast<float>(x));
    c.push_back(
        static_cast<float>(-x * x * (1 + (rng.uniform() - 0.5) * std::exp2(-static_cast<double>(rng.below(50))))));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    alignas(64) float panel[PackedMatrix::kPanelWidth] = {a[i]};
    float result = c[i];
    panel_kernel(SimdPath::portable)({.a = &a[i],
                                      .row_step = 1,
                                      .k_step = 1,
                                      .rows = 1,
                                      .k = 1,
                                      .panel = panel,
                                      .next_panel = nullptr,
                                      .columns = 1,
                                      .c = &result,
                                      .stride_c = 1,
                                      .epilogue = {.bias = nullptr, .relu = false, .accumulate = true}});
    const float expected = std::fma(a[i], a[i], c[i]) + 0.0f;
    CAPTURE(i, a[i], c[i]);
    REQUIRE(std::memcmp(&result, &expected, sizeof result) == 0);
  }
}

TEST_CASE("nothing outside the rows and columns of a result is written, and no padding is read") {
  const std::size_t m = 13;
  const std::size_t n = 37;
  const Matrix<float> a = random_matrix(m, 21, 14);
  const Matrix<float> b = random_matrix(21, n, 15);
  const Matrix<float> expected = product(a, b);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Matrix<float> wide_a(m, 30, nan);
  Matrix<float> wide_b(21, 50, nan);
  Matrix<float> wide_c(m + 1, 41, 99.0f);
  for (std::size_t r = 0; r < m; ++r) std::copy(a.row(r).begin(), a.row(r).end(), wide_a.row(r).begin());
  for (std::size_t p = 0; p < 21; ++p) std::copy(b.row(p).begin(), b.row(p).end(), wide_b.row(p).begin());
  multiply(wide_a.data(), m, 30, PackedMatrix::pack(wide_b.data(), 21, n, 50), wide_c.data(), 41);
  for (std::size_t r = 0; r < m + 1; ++r) {
    for (std::size_t j = 0; j < 41; ++j) {
      CHECK(wide_c(r, j) == (r < m && j < n ? expected(r, j) : 99.0f));
    }
  }
}

TEST_CASE("a transposed product is the product of the transpose, bit for bit, whatever its blocks") {
  for (const Shape& s : kShapes) {
    CAPTURE(s.m, s.k, s.n);
    const Matrix<float> a = random_matrix(s.m, s.k, 16);
    const Matrix<float> b = random_matrix(s.m, s.n, 17);
    Matrix<float> c(s.k, s.n, 5.0f);
    multiply_transposed(a.data(), s.m, s.k, s.k, b.data(), s.n, s.n, c.data(), s.n, false);
    CHECK(same_bits(c, product(transpose(a), b)));

    // Two halves of the rows, accumulated, are the whole.
    const std::size_t half = s.m / 2;
    Matrix<float> parts(s.k, s.n, 5.0f);
    multiply_transposed(a.data(), half, s.k, s.k, b.data(), s.n, s.n, parts.data(), s.n, false);
    multiply_transposed(a.data() + half * s.k, s.m - half, s.k, s.k, b.data() + half * s.n, s.n, s.n, parts.data(), s.n,
                        true);
    CHECK(same_bits(c, parts));
  }
}

TEST_CASE("accumulate, bias and relu come in this order") {
  const float a[] = {1, 2};
  const float b[] = {3, -4, 5, -6};  // [2, 2]
  const PackedMatrix packed = PackedMatrix::pack(b, 2, 2, 2);
  const float bias[] = {1, 20};
  float c[] = {100, 100};
  multiply(a, 1, 2, packed, c, 2);  // 3 + 10, -4 - 12
  CHECK(c[0] == 13);
  CHECK(c[1] == -16);
  multiply(a, 1, 2, packed, c, 2, {.bias = bias, .relu = true, .accumulate = true});  // 26 + 1, -32 + 20
  CHECK(c[0] == 27);
  CHECK(c[1] == 0);
  float second = 0;  // a bias is that of the whole product's columns
  multiply_columns(a, 1, 2, packed, 0, 1, &second, 1, {.bias = bias, .relu = false, .accumulate = false});
  CHECK(second == 14);
}

TEST_CASE("the double product and dot") {
  const Matrix<float> a = random_matrix(5, 23, 18);
  const Matrix<float> b = random_matrix(23, 4, 19);
  const Matrix<double> wide_a = widen(a);
  const Matrix<double> wide_b = widen(b);
  Matrix<double> c(5, 4, 1.0);
  multiply(wide_a.data(), 5, 23, 23, wide_b.data(), 4, 4, c.data(), 4, false);
  const Matrix<float> bt = transpose(b);
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t j = 0; j < 4; ++j) {
      double exact = 0;
      for (std::size_t p = 0; p < 23; ++p) exact += wide_a(r, p) * wide_b(p, j);
      CHECK(c(r, j) == Approx(exact).epsilon(1e-14));
      CHECK(dot(a.row(r).data(), bt.row(j).data(), 23) == Approx(exact).margin(1e-5));
    }
  }
  const double before = c(2, 3);
  multiply(wide_a.data(), 5, 23, 23, wide_b.data(), 4, 4, c.data(), 4, true);
  CHECK(c(2, 3) == Approx(2 * before).epsilon(1e-14));
  CHECK(dot(a.data(), a.data(), 0) == 0);
}

}  // namespace cascade
