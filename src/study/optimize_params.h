#pragma once
#include <string>
#include <vector>

#include "engine/scenario.h"

namespace cascade {

/// One setting that a stage may have: its kind with all that belongs to it.
struct StageSetting {
  config::KindSpec stage;
  void fields(config::FieldVisitor& v);
};

/// Quotas at even ratios.
struct QuotaRange {
  int from = 1;
  int to = 1;
  int steps = 5;
  void fields(config::FieldVisitor& v);
  std::vector<int> values() const;  ///< rising, without repeats
};

/// What may be chosen of one stage. What is not given stays as the funnel has it.
struct StageChoices {
  std::string stage;
  std::vector<int> keep;
  QuotaRange range;
  bool has_range = false;
  std::vector<StageSetting> settings;
  void fields(config::FieldVisitor& v);
};

/// What a funnel may cost; 0: anything. The first three are means over requests, the last two figures under load.
struct CostLimits {
  double flops = 0;
  double compute_us = 0;
  double latency_us = 0;
  double p99_ms = 0;
  double qps = 0;
  void fields(config::FieldVisitor& v);
  bool of_load() const { return p99_ms > 0 || qps > 0; }
};

enum class CostAxis { compute_us, latency_us, flops };

/// The `optimize:` part of a scenario file: what `cascade optimize` chooses among, and by what.
struct OptimizeParams {
  std::string objective = "value";
  CostAxis cost = CostAxis::compute_us;
  CostLimits within;
  std::vector<double> budgets;  ///< levels of `cost`
  std::vector<StageChoices> stages;
  int max_funnels = 5000;
  int restarts = 6;
  int random = 200;
  int finalists = 24;
  int final_requests = 0;  ///< 0: four times evaluate.requests
  void fields(config::FieldVisitor& v);
};

/// Requests of the finals: 0 without finalists.
std::size_t num_final_requests(const OptimizeParams& optimize, const EvaluateParams& evaluate);

std::string cost_axis_name(CostAxis axis);

/// What is wrong with it for this scenario; paths begin with "optimize.".
std::vector<ScenarioFault> find_faults(const OptimizeParams& optimize, const Scenario& scenario);

/// The funnel with a stage in another setting, or nothing changed for a stage's own.
Scenario with_setting(Scenario scenario, std::size_t stage, const StageSetting& setting);

}  // namespace cascade
