#include "engine/level_gains.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/real.h"

namespace cascade {

namespace {

constexpr double kRidge = 0.01;  // of the variance of a fact; the facts at neighbouring ranks are much alike

/// Lower Cholesky factor of a symmetric positive definite matrix, in place.
void factorise(Matrix<double>& a) {
  for (std::size_t j = 0; j < a.rows(); ++j) {
    for (std::size_t k = 0; k < j; ++k)
      for (std::size_t i = j; i < a.rows(); ++i) a(i, j) -= a(i, k) * a(j, k);
    CASCADE_CHECK(a(j, j) > 0, "a ridge makes every matrix of products positive definite");
    const double root = std::sqrt(a(j, j));
    for (std::size_t i = j; i < a.rows(); ++i) a(i, j) /= root;
  }
}

/// Solves for every column of `b`, in place.
void solve(const Matrix<double>& factor, Matrix<double>& b) {
  const std::size_t n = factor.rows();
  for (std::size_t c = 0; c < b.cols(); ++c) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < i; ++k) b(i, c) -= factor(i, k) * b(k, c);
      b(i, c) /= factor(i, i);
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k) b(i, c) -= factor(k, i) * b(k, c);
      b(i, c) /= factor(i, i);
    }
  }
}

}  // namespace

RequestFacts::RequestFacts(const FeatureStore& store, const std::vector<std::string>& groups,
                           std::vector<std::size_t> ranks)
    : store_(store), ranks_(std::move(ranks)) {
  for (const std::string& name : groups) {
    groups_.push_back(store.schema().find(name));
    size_ += store.schema()[groups_.back()].cardinality;
  }
  size_ += 2 * ranks_.size();
}

void RequestFacts::of(const Request& request, const CandidateList& seen, std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  std::size_t at = 0;
  for (const int group : groups_) {
    const std::uint32_t value = store_.values(group, request.user)[0];
    if (value != kNoValue) out[at + value] = 1;
    at += store_.schema()[group].cardinality;
  }
  for (const std::size_t rank : ranks_) {
    const double score = seen.size() == 0 ? 0.0 : static_cast<double>(seen.scores[std::min(rank, seen.size()) - 1]);
    out[at++] = score;
    out[at++] = sigmoid(std::clamp(score, -30.0, 30.0));
  }
}

LevelGains::LevelGains(const Matrix<double>& facts, const Matrix<double>& gains, std::size_t rows) {
  CASCADE_CHECK(rows > 0 && rows <= facts.rows() && rows <= gains.rows(), "gains are estimated from requests");
  const std::size_t n = facts.cols();
  const std::size_t levels = gains.cols();
  const auto count = static_cast<double>(rows);
  mean_.assign(n, 0);
  scale_.assign(n, 0);
  base_.assign(levels, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t f = 0; f < n; ++f) mean_[f] += facts(i, f) / count;
    for (std::size_t j = 0; j < levels; ++j) base_[j] += gains(i, j) / count;
  }
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t f = 0; f < n; ++f) scale_[f] += (facts(i, f) - mean_[f]) * (facts(i, f) - mean_[f]) / count;
  constexpr double kConstant = 1e-12;
  for (double& scale : scale_) scale = scale > kConstant ? 1 / std::sqrt(scale) : 0;

  Matrix<double> products(n, n);
  weights_ = Matrix<double>(n, levels);
  std::vector<double> x(n);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t f = 0; f < n; ++f) x[f] = (facts(i, f) - mean_[f]) * scale_[f];
    for (std::size_t f = 0; f < n; ++f) {
      for (std::size_t g = 0; g <= f; ++g) products(f, g) += x[f] * x[g] / count;
      for (std::size_t j = 0; j < levels; ++j) weights_(f, j) += x[f] * (gains(i, j) - base_[j]) / count;
    }
  }
  for (std::size_t f = 0; f < n; ++f) products(f, f) += kRidge;
  factorise(products);
  solve(products, weights_);
}

void LevelGains::predict(std::span<const double> facts, std::span<double> out) const {
  std::copy(base_.begin(), base_.end(), out.begin());
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    const double x = (facts[f] - mean_[f]) * scale_[f];
    for (std::size_t j = 0; j < base_.size(); ++j) out[j] += x * weights_(f, j);
  }
}

}  // namespace cascade
