#include "engine/funnel_tree.h"

#include <catch2/catch.hpp>

#include "tests/tools/tiny_scenario.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("funnels share the stages with which they begin alike, and a leaf where they are the same") {
  const std::vector<Scenario> scenarios = {
      tiny_scenario(),
      tiny_scenario({"funnel.ranking.keep=3"}),
      tiny_scenario({"funnel.preranking.keep=9"}),
      tiny_scenario({"funnel.ranking.name=last", "hardware.gflops=7"}),
      tiny_scenario({"funnel=[{name: recall, kind: exact_inner_product, model: towers, keep: 80}]"}),
  };
  Universe universe(scenarios[0].world, 3);
  std::vector<const Scenario*> pointers;
  for (const Scenario& scenario : scenarios) pointers.push_back(&scenario);
  universe.train_all(pointers, 0, {});
  FunnelTree tree;
  for (std::size_t f = 0; f < scenarios.size(); ++f) CHECK(tree.add(scenarios[f], universe.fit(scenarios[f], 0)) == f);
  const auto& funnels = tree.funnels();
  // One recall; two quotas of pre-ranking; three rankings, for other names and prices are no other stages.
  CHECK(tree.nodes().size() == 1 + 2 + 3);
  for (const FunnelTree::Funnel& funnel : funnels) CHECK(funnel.nodes[0] == funnels[0].nodes[0]);
  CHECK(funnels[1].nodes[1] == funnels[0].nodes[1]);
  CHECK(funnels[1].nodes[2] != funnels[0].nodes[2]);
  CHECK(funnels[2].nodes[1] != funnels[0].nodes[1]);
  CHECK(funnels[3].nodes == funnels[0].nodes);
  CHECK(funnels[3].leaf == funnels[0].leaf);
  CHECK(tree.hardware(funnels[3].hardware[2]).gflops == 7);
  CHECK(tree.hardware(funnels[0].hardware[2]).gflops != 7);
  // A funnel may end where others go on.
  CHECK(funnels[4].nodes.size() == 1);
  CHECK(tree.num_leaves() == 4);
  CHECK(tree.longest_page() == 80);
  for (std::size_t node = 0; node < tree.nodes().size(); ++node)
    CHECK((tree.nodes()[node].parent == FunnelTree::kNone || tree.nodes()[node].parent < node));
}
