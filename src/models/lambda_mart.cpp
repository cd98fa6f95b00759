#include "models/lambda_mart.h"

#include <xgboost/c_api.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "base/matrix.h"
#include "base/real.h"
#include "base/text.h"
#include "models/feature_selection.h"
#include "models/tree_ensemble.h"

namespace cascade {

void LambdaMartParams::fields(config::FieldVisitor& v) {
  v.field("features", features, "feature groups, or sides that stand for all their groups");
  v.field("groups", groups, "where given, these groups instead of `features`");
  v.field("most_values", most_values, "groups with more values, and those of several values, are left out",
          config::between(2, 65536));
  v.field("rounds", rounds, "trees", config::between(1, 2000));
  v.field("depth", depth, "of a tree", config::between(1, 12));
  v.field("learning_rate", learning_rate, "factor of every tree", config::between(1e-4, 1));
  v.field("l2", l2, "L2 weight of a leaf", config::at_least(0));
  v.field("min_child_weight", min_child_weight, "least sum of second derivatives in a leaf", config::at_least(0));
}

namespace {

void check(int result) { CASCADE_CHECK(result == 0, std::string("XGBoost: ") + XGBGetLastError()); }

/// The data and the booster of one training, freed at the end.
class Booster {
 public:
  Booster(const Matrix<float>& x, const std::vector<float>& labels, const std::vector<unsigned>& lists) {
    check(XGDMatrixCreateFromMat(x.data(), x.rows(), x.cols(), std::numeric_limits<float>::quiet_NaN(), &data_));
    check(XGDMatrixSetFloatInfo(data_, "label", labels.data(), labels.size()));
    check(XGDMatrixSetUIntInfo(data_, "group", lists.data(), lists.size()));
    check(XGBoosterCreate(&data_, 1, &booster_));
  }
  ~Booster() {
    XGBoosterFree(booster_);
    XGDMatrixFree(data_);
  }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  void set(const char* name, const std::string& value) { check(XGBoosterSetParam(booster_, name, value.c_str())); }
  void train(int rounds) {
    for (int round = 0; round < rounds; ++round) check(XGBoosterUpdateOneIter(booster_, round, data_));
  }
  std::vector<std::string> trees() const {
    bst_ulong count = 0;
    const char** texts = nullptr;
    check(XGBoosterDumpModelEx(booster_, "", 0, "text", &count, &texts));
    return {texts, texts + count};
  }

 private:
  DMatrixHandle data_ = nullptr;
  BoosterHandle booster_ = nullptr;
};

/// Groups that a tree can read as a number.
std::vector<int> tree_groups(const LambdaMartParams& params, const FeatureSchema& schema) {
  std::vector<int> groups = select_groups(schema, params.names(), "lambda_mart");
  require_servable(schema, groups, "lambda_mart");
  std::erase_if(groups, [&](int g) {
    return schema[g].max_values > 1 || schema[g].cardinality > static_cast<std::uint32_t>(params.most_values);
  });
  if (groups.empty()) throw InputError("lambda_mart: no selected feature group has one value of at most most_values");
  return groups;
}

/// Slope and intercept that turn scores into logits of a click.
struct Calibration {
  double slope = 0;
  double intercept = 0;
};

double log_loss(const Calibration& c, const std::vector<float>& scores, const std::vector<float>& clicks) {
  double loss = 0;
  for (std::size_t r = 0; r < scores.size(); ++r) {
    const double x = c.slope * static_cast<double>(scores[r]) + c.intercept;
    loss += softplus(x) - static_cast<double>(clicks[r]) * x;
  }
  return loss;
}

/// Newton's step from `c`; none where the rows do not determine both numbers (one score for all).
Calibration newton_step(const Calibration& c, const std::vector<float>& scores, const std::vector<float>& clicks) {
  constexpr double kFlat = 1e-12;
  double g0 = 0;
  double g1 = 0;
  double h00 = 0;
  double h01 = 0;
  double h11 = 0;
  for (std::size_t r = 0; r < scores.size(); ++r) {
    const double s = static_cast<double>(scores[r]);
    const double p = sigmoid(c.slope * s + c.intercept);
    const double gradient = p - static_cast<double>(clicks[r]);
    const double curvature = p * (1 - p);
    g0 += gradient;
    g1 += gradient * s;
    h00 += curvature;
    h01 += curvature * s;
    h11 += curvature * s * s;
  }
  const double determinant = h00 * h11 - h01 * h01;
  if (!(determinant > kFlat * h00 * h11)) return {};
  return {-(h00 * g1 - h01 * g0) / determinant, -(h11 * g0 - h01 * g1) / determinant};
}

/// Logistic regression by Newton's steps from the rows' own click rate, each halved until the loss does not rise.
Calibration calibrate(const std::vector<float>& scores, const std::vector<float>& clicks) {
  constexpr int kSteps = 20;
  constexpr int kHalvings = 10;
  constexpr double kLeastSlope = 1e-3;
  const double clicked = std::accumulate(clicks.begin(), clicks.end(), 0.0);
  Calibration c{0, logit((clicked + 1) / (static_cast<double>(clicks.size()) + 2))};
  double loss = log_loss(c, scores, clicks);
  bool better = true;
  for (int step = 0; step < kSteps && better; ++step) {
    Calibration by = newton_step(c, scores, clicks);
    better = false;
    for (int halving = 0; halving < kHalvings && !better; ++halving) {
      const Calibration next{c.slope + by.slope, c.intercept + by.intercept};
      const double lower = log_loss(next, scores, clicks);
      better = lower < loss;
      if (better) {
        c = next;
        loss = lower;
      }
      by = {by.slope / 2, by.intercept / 2};
    }
  }
  c.slope = std::max(c.slope, kLeastSlope);
  return c;
}

}  // namespace

std::unique_ptr<Scorer> fit_lambda_mart(const LambdaMartParams& params, const FeatureStore& store,
                                        const LogTable& log) {
  const TreeInputs inputs(store, tree_groups(params, store.schema()));
  std::vector<std::size_t> rows;
  std::vector<float> clicks;
  std::vector<unsigned> lists;
  for (std::size_t row = 0; row < log.size(); ++row) {
    if (log.space[row] != Space::exposed) continue;
    CASCADE_CHECK(log.item[row] < store.num_items(), "log of another catalogue");
    if (rows.empty() || log.request[rows.back()] != log.request[row]) lists.push_back(0);
    ++lists.back();
    rows.push_back(row);
    clicks.push_back(log.click[row] != 0 ? 1.0F : 0.0F);
  }
  if (rows.empty()) return make_tree_scorer(inputs, {}, 1, base_logit(store), params.rounds, params.depth);
  Matrix<float> x(rows.size(), inputs.width());
  for (std::size_t r = 0; r < rows.size(); ++r) inputs.fill(log, rows[r], x.row(r));
  Booster booster(x, clicks, lists);
  booster.set("objective", "rank:ndcg");
  booster.set("tree_method", "hist");
  booster.set("nthread", "1");
  booster.set("verbosity", "0");
  booster.set("base_score", "0");
  booster.set("max_depth", std::to_string(params.depth));
  booster.set("eta", number_text(params.learning_rate));
  booster.set("lambda", number_text(params.l2));
  booster.set("min_child_weight", number_text(params.min_child_weight));
  booster.train(params.rounds);
  std::vector<Tree> trees;
  for (const std::string& text : booster.trees()) trees.push_back(Tree::parse(text));
  std::vector<float> scores(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) scores[r] = sum_of_trees(trees, x.row(r));
  const Calibration c = calibrate(scores, clicks);
  return make_tree_scorer(inputs, std::move(trees), c.slope, c.intercept, params.rounds, params.depth);
}

std::string lambda_mart_bytes(const Scorer& scorer) { return tree_scorer_bytes(scorer); }

std::unique_ptr<Scorer> lambda_mart_of(const LambdaMartParams& params, const FeatureStore& store,
                                       std::string_view bytes) {
  return tree_scorer_of(TreeInputs(store, tree_groups(params, store.schema())), bytes, params.rounds, params.depth);
}

}  // namespace cascade
