#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.h"
#include "cost/work.h"
#include "engine/progress.h"
#include "engine/scenario.h"
#include "engine/serving.h"
#include "engine/work_exchange.h"

namespace cascade {

using NamedValues = std::vector<std::pair<std::string, double>>;

/// One stage of one variant in one replicate, besides what is measured request by request.
struct StageFacts {
  std::string model;  ///< "" where the stage has none, several joined by ", "
  Work index_build;
  NamedValues pooled;  ///< metrics over log rows, not requests: auc, gauc, auc_all, gauc_all, pcoc.EX ...
  NamedValues means;  ///< over requests, where the rows do not have the columns (evaluate.detail: outcome): in, out ...
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

/// One variant in one replicate. study/run_store keeps every field.
struct PointRun {
  std::vector<std::uint32_t> users;  ///< [requests]
  std::vector<std::string> columns;  ///< see Measures
  Matrix<double> rows;               ///< [requests, columns]; NaN: does not apply
  std::vector<StageFacts> stages;
  std::vector<std::string> arm_columns;
  std::vector<ArmRows> arms;
  std::vector<ModelFacts> models;
  /// With evaluate.reruns: the same measured after training from another initialisation.
  Matrix<double> rerun_rows;
  std::vector<NamedValues> rerun_pooled;  ///< by stage
  ServingResult serving;                  ///< empty without `serving:`
  NamedValues days;                       ///< empty without `days:`
  NamedValues rerun_days;                 ///< with evaluate.reruns
};

struct ReplicateRun {
  std::vector<PointRun> points;
  NamedValues validity;  ///< of the first point's world
};

/// Takes rows of candidates.csv as text: what each stage saw and did, point by point, in the order of requests.
/// Columns: variant, replicate, request, user, stage, item, rank, score, kept, true_value; a candidate that was not
/// scored for want of budget has no score and no rank. Recall lists what it kept.
struct CandidateDump {
  std::function<void(const std::string& rows)> write;  ///< empty: no dump
  std::vector<std::string> variants;                   ///< [points] names
  std::size_t replicate = 0;
};
inline constexpr const char* kCandidateColumns =
    "variant,replicate,request,user,stage,item,rank,score,kept,true_value\n";

/// The seed of a scenario's replicate of that number, from 0: worlds, logs, trainings and requests follow from it.
std::uint64_t replicate_seed(std::uint64_t seed, std::size_t replicate);

/// Makes the worlds, logs and models of these points under `seed`, serves the same requests through each and measures.
/// Points share what they have in common; evaluate: is that of the first, and says whether everything is measured or
/// the outcome alone, by a Replay.
///
/// Processes that run the same points under the same seed can share the work: each model is trained by one of them, and
/// each block of requests is served by one. One of them does all the rest and gets the run; the others help, and what
/// they return is of no use. Throws WorkIsOver in one that helps where there is nothing left to help with.
ReplicateRun run_replicate(std::span<const Scenario> points, std::uint64_t seed, const RunProgress& progress,
                           const CandidateDump& dump = {}, const SharedWork& shared = {});

}  // namespace cascade
