#pragma once
#include <memory>
#include <vector>

#include "config/fields.h"
#include "data/logs.h"
#include "models/scorer.h"

namespace cascade {

/// Real-time play rate: what was clicked lately. Named in the talk on set selection without a formula; this one is
/// ours.
struct PlayRateParams {
  double half_life = 1;      ///< days
  double prior_weight = 50;  ///< impressions, not decayed
  void fields(config::FieldVisitor& v);
};

/// Exponentially decayed click rates of items, updated row by row as logs arrive. An event of day d weighs
/// 2^(-(t - d) / half_life) on day t. Any order of days gives the same rates, up to rounding.
class PlayRates {
 public:
  PlayRates(std::size_t num_items, const PlayRateParams& params);
  void observe(ItemId item, int day, bool click);
  /// (C + prior_weight r) / (N + prior_weight): C and N are the item's decayed clicks and impressions on `day`, r is
  /// those of all items together (0.5 where nothing was shown).
  double rate(ItemId item, int day) const;

 private:
  struct Decayed {
    double clicks = 0;
    double impressions = 0;
    int day = 0;  ///< what the counts are decayed to
  };
  double weight(int days) const;  ///< of an event after so many days
  void add(Decayed& counts, int day, bool click) const;
  PlayRateParams params_;
  std::vector<Decayed> items_;
  Decayed all_;
};

/// The rates after the exposed rows of `log`, on the day after its last.
std::unique_ptr<Scorer> fit_play_rate(const PlayRateParams& params, const FeatureStore& store, const LogTable& log);

}  // namespace cascade
