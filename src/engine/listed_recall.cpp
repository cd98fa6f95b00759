#include "engine/listed_recall.h"

#include <algorithm>

namespace cascade {

namespace {

CandidateList listed_of(const World& world, const CandidateList& all, int day, std::size_t quota) {
  CandidateList listed;
  for (std::size_t k = 0; k < all.size() && listed.size() < quota; ++k) {
    if (!world.listed(all.items[k], day)) continue;
    listed.items.push_back(all.items[k]);
    listed.scores.push_back(all.scores[k]);
    if (!all.channel.empty()) listed.channel.push_back(all.channel[k]);
  }
  return listed;
}

class ListedRecall final : public Stage {
 public:
  ListedRecall(const World& world, std::shared_ptr<const Stage> stage) : world_(world), stage_(std::move(stage)) {}

  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override {
    if (in != nullptr) {
      stage_->run(requests, in, quota, out);
      return;
    }
    std::size_t unlisted = 0;
    for (const Request& request : requests) unlisted = std::max(unlisted, world_.num_unlisted(request.day));
    CandidateBlock all;
    stage_->run(requests, nullptr, std::min<std::size_t>(quota + unlisted, world_.features().num_items()), all);
    out.clear();
    for (std::size_t r = 0; r < requests.size(); ++r) out.push_back(listed_of(world_, all[r], requests[r].day, quota));
  }

  ScorerWork work() const override { return stage_->work(); }
  std::vector<std::pair<std::string, double>> facts(std::size_t quota) const override { return stage_->facts(quota); }
  std::vector<ScorerWork> parallel_work() const override { return stage_->parallel_work(); }

 private:
  const World& world_;
  std::shared_ptr<const Stage> stage_;
};

}  // namespace

std::shared_ptr<const Stage> only_listed(const World& world, std::shared_ptr<const Stage> stage) {
  if (world.num_unlisted(0) == 0) return stage;
  return std::make_shared<ListedRecall>(world, std::move(stage));
}

}  // namespace cascade
