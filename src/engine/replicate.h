#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.h"
#include "cost/work.h"
#include "engine/progress.h"
#include "engine/scenario.h"

namespace cascade {

using NamedValues = std::vector<std::pair<std::string, double>>;

/// One stage of one variant in one replicate, besides what is measured request by request.
struct StageFacts {
  std::string model;  ///< "" where the stage has none, several joined by ", "
  Work index_build;
  NamedValues pooled;  ///< metrics over log rows, not requests: auc, gauc, auc_all, gauc_all, pcoc.EX ...
};

struct ArmRows {
  std::size_t stage = 0;
  std::string arm;      ///< "oracle" or "random" in place of that stage
  Matrix<double> rows;  ///< [arm requests, arm columns]
};

struct ModelFacts {
  std::string name;
  std::string kind;
  NamedValues facts;
};

/// One variant in one replicate.
struct PointRun {
  std::vector<std::string> columns;  ///< see Measures
  Matrix<double> rows;               ///< [requests, columns]; NaN: does not apply
  std::vector<StageFacts> stages;
  std::vector<std::string> arm_columns;
  std::vector<ArmRows> arms;
  std::vector<ModelFacts> models;
  /// With evaluate.reruns: the same measured after training from another initialisation.
  Matrix<double> rerun_rows;
  std::vector<NamedValues> rerun_pooled;  ///< by stage
};

struct ReplicateRun {
  std::vector<std::uint32_t> users;  ///< [requests] of the first point's world
  std::vector<PointRun> points;
  NamedValues validity;  ///< of the first point's world
};

/// Makes the worlds, logs and models of these points under `seed`, serves the same requests through each and measures.
/// Points share what they have in common; evaluate: is that of the first.
ReplicateRun run_replicate(std::span<const Scenario> points, std::uint64_t seed, const RunProgress& progress);

/// Bytes that run_replicate() will need at most, roughly (within about 2x).
double estimate_memory(std::span<const Scenario> points);

}  // namespace cascade
