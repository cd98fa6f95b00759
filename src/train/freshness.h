#pragma once
#include "config/fields.h"

namespace cascade {

/// When a model that serves day after day learns from what was logged meanwhile.
enum class Update {
  online,        ///< one pass over the rows as they come, by chunks of the day
  daily,         ///< at midnight, on the day before
  every_n_days,  ///< at midnight of every n-th day, on the days since
  never
};

/// The `freshness:` block of a model.
struct FreshnessParams {
  Update update = Update::daily;
  int every = 2;                 ///< days between updates, of every_n_days
  bool from_scratch = false;     ///< a new model on the logs of `window` days instead of the old one trained on
  int window = 0;                ///< from_scratch: last days of logs that it learns from; 0: all
  int item_vectors_late_by = 0;  ///< hours; of models with item vectors
  bool mixed = true;             ///< late item vectors meet user vectors of the newest version, not of their own
  void fields(config::FieldVisitor& v);
};

}  // namespace cascade
