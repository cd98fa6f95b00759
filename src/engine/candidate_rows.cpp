#include "engine/candidate_rows.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/text.h"
#include "base/top_k.h"

namespace cascade {

namespace {

std::string candidate_rows(const World& world, const std::vector<StageSpec>& funnel, const FunnelPlan& plan,
                           const std::string& who, BlockRun& block, std::size_t r) {
  const Request& request = block.requests()[r];
  std::string rows;
  for (std::size_t j = 0; j < plan.stages.size(); ++j) {
    const StageRun& run = block.stage(plan, j);
    const CandidateList& seen = j == 0 ? run.kept[r] : block.stage(plan, j - 1).kept[r];
    const std::vector<float>& scores = j == 0 || run.scores[r].empty() ? seen.scores : run.scores[r];
    const std::size_t scored = seen.size() - run.cut[r];
    std::vector<std::uint32_t> order;
    top_positions(std::span(scores).first(scored), std::span(seen.items).first(scored), scored, order);
    std::vector<std::size_t> rank(scored);
    for (std::size_t k = 0; k < scored; ++k) rank[order[k]] = k + 1;
    std::vector<ItemId> kept = run.kept[r].items;
    std::sort(kept.begin(), kept.end());
    std::vector<float> values(seen.size());
    world.true_value(request, seen.items, values);
    const std::string start =
        who + "," + std::to_string(request.index) + "," + std::to_string(request.user) + "," + funnel[j].name + ",";
    for (std::size_t k = 0; k < seen.size(); ++k) {
      rows += start + std::to_string(seen.items[k]) + ",";
      if (k < scored)
        rows += std::to_string(rank[k]) + "," + number_text(static_cast<double>(scores[k]));
      else
        rows += ",";
      rows += std::binary_search(kept.begin(), kept.end(), seen.items[k]) ? ",1," : ",0,";
      rows += number_text(static_cast<double>(values[k])) + "\n";
    }
  }
  return rows;
}

}  // namespace

void write_candidates(const World& world, const std::vector<StageSpec>& funnel, const FunnelPlan& plan,
                      const std::string& who, std::span<const Request> requests,
                      const std::function<void(const std::string& rows)>& write) {
  constexpr std::size_t kWave = 16;  // blocks whose text is held at a time
  const std::size_t blocks = (requests.size() + kRequestBlock - 1) / kRequestBlock;
  for (std::size_t first = 0; first < blocks; first += kWave) {
    std::vector<std::string> text(std::min(kWave, blocks - first));
    for_each_task(text.size(), [&](std::size_t b) {
      const std::size_t begin = (first + b) * kRequestBlock;
      BlockRun block(requests.subspan(begin, std::min<std::size_t>(kRequestBlock, requests.size() - begin)));
      for (std::size_t r = 0; r < block.requests().size(); ++r)
        text[b] += candidate_rows(world, funnel, plan, who, block, r);
    });
    for (const std::string& rows : text) write(rows);
  }
}

}  // namespace cascade
