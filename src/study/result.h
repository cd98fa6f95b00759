#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.h"
#include "base/stats.h"
#include "cost/work.h"

namespace cascade {

/// A measured quantity with its interval, under the name that docs/reference/metrics.md defines.
struct MetricValue {
  std::string name;  ///< "joint_recall@10"
  Estimate estimate;
  std::vector<double> by_replicate;  ///< [replicates] the mean (or the pooled value) in each; paired across variants
  double rerun_sd = 0;               ///< s.d. of re-run noise (same data, other initialisation); NaN where not measured
};

/// One stage replaced by a control scorer, everything else kept.
struct ArmResult {
  std::string arm;                   ///< "oracle", "random"
  std::vector<MetricValue> metrics;  ///< value, joint_recall@k of the final page
};

struct BudgetResult {
  bool given = false;
  bool enforced = false;
  std::string unit;        ///< "flops" or "us"
  double limit = 0;        ///< a request
  double used = 0;         ///< mean a request
  double utilisation = 0;  ///< used / limit
  double cut = 0;          ///< candidates a request that were not scored for want of budget
};

struct StageResult {
  std::string name;
  std::string kind;
  std::string model;  ///< "" where the stage has none
  double quota = 0;
  double in = 0;  ///< mean candidates a request
  double out = 0;
  std::vector<MetricValue> metrics;
  Work work;         ///< mean a request
  Work index_build;  ///< precomputed vectors: once a model version, not charged at serving
  double latency_us = 0;
  double compute_us = 0;
  BudgetResult budget;
  std::vector<ArmResult> arms;
};

struct ModelResult {
  std::string name;
  std::string kind;
  std::vector<std::pair<std::string, double>> facts;  ///< parameters, steps, samples, epochs, losses, train_flops, ...
};

/// One row a replicate and request: the paired data behind every interval of per-request metrics.
struct RequestTable {
  std::vector<std::string> columns;  ///< "value", "recall.joint_recall@10", "preranking.lost@10", ...
  std::vector<std::uint32_t> replicate;
  std::vector<std::uint64_t> request;
  std::vector<std::uint32_t> user;
  Matrix<double> values;  ///< [rows, columns]; NaN where a metric does not apply to the request
};

struct VariantResult {
  std::string name;
  std::vector<std::pair<std::string, std::string>> settings;  ///< path -> value of the resolved scenario
  std::vector<ModelResult> models;
  std::vector<StageResult> stages;
  std::vector<MetricValue> outcome;  ///< value, ctr | cvr | ecpm | gmv, joint_recall@k, regret, totals of cost
  BudgetResult budget;               ///< of the whole request
  RequestTable requests;
};

/// What a scenario expects, one line of `expect:`, with the outcome of checking it.
struct ExpectationResult {
  bool holds = false;
  std::string text;    ///< "joint_recall@10 of COLD above two-tower with confidence 0.95"
  std::string detail;  ///< figures: gap, interval, p, signs by replicate, re-run noise
};

struct StudyResult {
  std::string scenario;
  std::string question;
  std::uint64_t seed = 0;
  int replicates = 0;
  std::string build;
  std::vector<int> truth_at;                               ///< the k of @k metrics
  std::vector<std::pair<std::string, Estimate>> validity;  ///< figures on the world, over replicates
  std::vector<std::string> warnings;                       ///< of the validity checks
  std::vector<VariantResult> variants;                     ///< the first is the baseline
  std::vector<ExpectationResult> expectations;             ///< of `expect:`, where they were judged
};

}  // namespace cascade
