#include "stages/catalog.h"

#include "base/errors.h"

#include "stages/preranking/generations.h"
#include "stages/preranking/pass_through.h"
#include "stages/ranking/score.h"
#include "stages/ranking/value.h"
#include "stages/recall/approximate_inner_product.h"
#include "stages/recall/exact_inner_product.h"
#include "stages/recall/item_to_item.h"
#include "stages/recall/multi_channel.h"
#include "stages/recall/popular.h"
#include "stages/recall/user_history.h"
#include "stages/reranking/set_selection.h"

namespace cascade {

const InnerProductScorer& StageResources::inner_product_model(const std::string& name) const {
  const auto* inner = dynamic_cast<const InnerProductScorer*>(&model(name));
  CASCADE_CHECK(inner != nullptr, "model is no vector product: " + name);
  return *inner;
}

std::vector<StageEntry> stage_entries() {
  return {exact_inner_product_stage(),
          approximate_inner_product_stage(),
          popular_stage(),
          user_history_stage(),
          item_to_item_stage(),
          multi_channel_stage(),
          statistic_stage(),
          logistic_stage(),
          two_tower_stage(),
          wide_two_tower_stage(),
          cold_stage(),
          pass_through_stage(),
          set_greedy_stage(),
          set_sampled_stage(),
          score_stage(),
          value_stage()};
}

}  // namespace cascade
