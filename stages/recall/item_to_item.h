#pragma once
#include <vector>

#include "stages/catalog.h"

namespace cascade {

struct ItemToItemParams {
  int neighbours = 50;    ///< kept of each item
  double shrinkage = 10;  ///< added to the denominator of a similarity
  int history = 50;       ///< newest clicks of a user that count, at most FeatureStore::kSequence
  void fields(config::FieldVisitor& v);
};

/// Collaborative recall: who clicked this also clicked that. With n_i the users whose last `history` clicks hold item
/// i and n_ij those that hold both,
///     sim(i, j) = n_ij / (sqrt(n_i n_j) + shrinkage),
/// and the score of an item is the sum of its similarities to the distinct items of the user's clicks, over the
/// `neighbours` most similar items of each (ties by lower id). An item that nobody clicked together with one of these
/// is not recalled. Reads clicks only.
/// Source: item-based collaborative filtering with cosine similarity (Sarwar, Karypis, Konstan, Riedl, WWW 2001); the
/// shrinkage as in Ferrari Dacrema, Cremonesi, Jannach, RecSys 2019.
class ItemToItemStage final : public Stage {
 public:
  ItemToItemStage(const ItemToItemParams& params, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;

 private:
  struct Neighbour {
    ItemId item;
    float similarity;
  };
  std::span<const Neighbour> neighbours_of(ItemId item) const;

  std::vector<std::size_t> first_;         ///< [num_items + 1] where the neighbours of an item begin
  std::vector<Neighbour> neighbours_;      ///< item by item, most similar first
  std::vector<std::vector<ItemId>> past_;  ///< [num_users] distinct items of the newest clicks, ascending
  double pairs_ = 0;                       ///< counted while the similarities were made
  double mean_read_ = 0;                   ///< neighbours read a request, over all users
};

StageEntry item_to_item_stage();

}  // namespace cascade
