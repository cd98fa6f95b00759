#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "cost/arrivals.h"
#include "cost/queueing.h"

namespace cascade {

/// How one stage is run as a service.
struct StageServingParams {
  int workers = 1;  ///< of each shard or channel
  int queue = 0;    ///< that may wait for each shard or channel; 0: any number
  double timeout_ms = 0;
  int shards = 1;  ///< the candidates are split over so many, each of which does the user's side of the work anew
  Dispersion dispersion = Dispersion::constant;
  double cv = 0.5;
  void fields(config::FieldVisitor& v);
};

/// The `serving:` part of a scenario: the funnel under load.
struct ServingParams {
  double qps = 0;       ///< at which response times are measured
  double limit_ms = 0;  ///< of a response, for usable_qps
  double seconds = 2;
  int runs = 3;
  ArrivalsParams arrivals;
  StageServingParams every;
  std::vector<std::pair<std::string, StageServingParams>> stages;
  void fields(config::FieldVisitor& v);
  /// The parameters of the stage of that name: its own, or those of every stage.
  const StageServingParams& of(std::string_view stage) const;
};

}  // namespace cascade
