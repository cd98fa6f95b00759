#include "train/freshness.h"

#include <array>
#include <string>

namespace cascade {

void FreshnessParams::fields(config::FieldVisitor& v) {
  static const std::array<std::string, 4> kUpdates = {"online", "daily", "every_n_days", "never"};
  v.choose("update", update, kUpdates,
           "when it learns from new logs: online, one pass over the rows as they come; daily, at midnight on the day "
           "before; every_n_days, at midnight on the days since; never");
  v.field("every", every, "days between updates of every_n_days", config::between(1, 1000));
  v.field("from_scratch", from_scratch, "train a new model at each update instead of going on with the old one");
  v.field("window", window, "from_scratch: last days of logs that it learns from; 0: all", config::between(0, 1000));
  v.field("item_vectors_late_by", item_vectors_late_by, "hours until item vectors serve; inner-product models only",
          config::between(0, 24 * 30));
  v.field("mixed", mixed, "late item vectors meet user vectors of the newest version; false: of their own");
}

}  // namespace cascade
