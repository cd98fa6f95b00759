#pragma once
#include <memory>
#include <string>
#include <vector>

#include "stages/catalog.h"

namespace cascade {

/// One channel: a recall stage of its own with its quota.
struct ChannelParams {
  std::string name;
  int keep = 100;
  config::KindSpec recall;
  void fields(config::FieldVisitor& v);
};

struct MultiChannelParams {
  std::vector<ChannelParams> channels;
  void fields(config::FieldVisitor& v);
};

/// Several recall channels merged without duplicates. In the order listed, every channel gives its `keep` best items
/// that no channel before it gave; an item keeps the number of the channel that brought it. Score: -(place among the
/// items that its channel gave), so that the best of every channel come first, ties by lower item id: the channels'
/// own scores do not compare.
class MultiChannelStage final : public Stage {
 public:
  MultiChannelStage(const MultiChannelParams& params, const StageResources& resources);
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override;
  ScorerWork work() const override;
  /// Those of its channels, each under "NAME."; NAME is the channel's.
  std::vector<std::pair<std::string, double>> facts(std::size_t quota) const override;
  std::vector<ScorerWork> parallel_work() const override;  ///< [channels]

 private:
  std::vector<std::string> names_;
  std::vector<std::size_t> keep_;
  std::vector<std::unique_ptr<Stage>> channels_;
};

StageEntry multi_channel_stage();

}  // namespace cascade
