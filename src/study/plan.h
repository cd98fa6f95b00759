#pragma once
#include <string>
#include <vector>

#include "cost/hardware.h"
#include "study/study.h"

namespace cascade {

struct PlannedWork {
  std::string stage;
  std::string kind;
  double in = 0;  ///< candidates a request, at most
  double quota = 0;
  Work work;  ///< a request
  double compute_us = 0;
};

struct PlannedPoint {
  std::string name;
  std::vector<PlannedWork> stages;
  double seconds = 0;  ///< of one core a replicate, roughly: what it adds to the points before it
};

/// Something that is made once a replicate, however many funnels use it.
struct SharedPart {
  std::string kind;  ///< "world", "logs", "model", "recall" (a list), "scores" (of one scorer on one list)
  std::string name;
  std::size_t funnels = 0;
};

/// What a run will do, known before anything runs.
struct StudyPlan {
  std::vector<PlannedPoint> points;
  int replicates = 0;
  std::size_t worlds = 0;     ///< different worlds a replicate
  std::size_t trainings = 0;  ///< different models trained a replicate, world by world
  double train_rows = 0;      ///< rows x epochs of all trainings of a replicate
  double scored = 0;          ///< candidates scored by models a replicate, shared scores counted once a variant, or
                              ///< once in all where funnels are replayed; over days what teachers score, too
  bool replayed = false;      ///< evaluate.detail: outcome
  std::vector<SharedPart> shared;
  double memory_bytes = 0;
  double seconds = 0;  ///< on this number of cores, roughly
};

StudyPlan plan_study(const Study& study, int cores);

}  // namespace cascade
