#include "engine/page_values.h"

#include "base/parallel.h"
#include "engine/control_stages.h"
#include "engine/listed_recall.h"

namespace cascade {

NamedValues page_values(const World& world, std::span<const Request> requests, std::size_t page,
                        const SharedRequests& shared, const RunProgress& progress) {
  const auto chance = only_listed(world, make_arm(Arm::random, world, world.seed()));
  std::vector<double> best(requests.size());
  std::vector<double> random(requests.size());
  const std::vector<RequestRows> rows = {rows_of(best), rows_of(random)};
  serve_blocks(shared, requests.size(), rows, progress, [&](std::size_t begin, std::size_t end) {
    const std::span<const Request> block = requests.subspan(begin, end - begin);
    std::vector<std::vector<ScoredItem>> oracle(block.size());
    world.top_by_value(block, page, oracle);
    CandidateBlock by_chance;
    chance->run(block, nullptr, page, by_chance);
    for (std::size_t r = 0; r < block.size(); ++r) {
      for (const ScoredItem& s : oracle[r]) best[begin + r] += static_cast<double>(s.score);
      std::vector<float> values(by_chance[r].size());
      world.true_value(block[r], by_chance[r].items, values);
      for (const float value : values) random[begin + r] += static_cast<double>(value);
    }
  });
  const auto n = static_cast<double>(requests.size());
  return {{"oracle_page_value", ordered_sum(best.data(), best.size()) / n},
          {"random_page_value", ordered_sum(random.data(), random.size()) / n}};
}

}  // namespace cascade
