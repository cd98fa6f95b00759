#include "stages/recall/multi_channel.h"

#include <catch2/catch.hpp>

#include "stages/recall/approximate_inner_product.h"
#include "stages/recall/popular.h"
#include "tests/tools/counted_items.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

ChannelParams popular_channel(const std::string& name, PopularBy by, int keep) {
  ChannelParams channel;
  channel.name = name;
  channel.keep = keep;
  channel.recall.kind = "popular";
  auto parameters = std::make_unique<config::ParametersOf<PopularParams>>();
  parameters->value.by = by;
  channel.recall.parameters = std::move(parameters);
  return channel;
}

/// By clicks the order is 2, 0, 1, 3; by rate 1, 0, 3, 2; by impressions 2, 0, 1, 3 (tests/stages/popular_test.cpp).
std::vector<FeatureStore::Item> four_items() { return counted_items({{10, 100}, {8, 20}, {12, 400}, {0, 0}}); }

}  // namespace

TEST_CASE("multi_channel: channels give in turn what none before them gave") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), four_items());
  const MultiChannelParams params{{popular_channel("clicks", PopularBy::clicks, 2),
                                   popular_channel("rate", PopularBy::rate, 2),
                                   popular_channel("shown", PopularBy::impressions, 5)}};
  const MultiChannelStage stage(params, SmallResources(store));
  CandidateBlock out;
  stage.run(requests_of({0}), nullptr, 10, out);
  REQUIRE(out.size() == 1);
  // Channel 0 gives 2 and 0. Channel 1 gives 1, passes over 0, gives 3. Nothing is left for channel 2. The first of
  // each channel (score 0) come before the second (score -1), equals by lower id.
  CHECK(out[0].items == std::vector<ItemId>{1, 2, 0, 3});
  CHECK(out[0].scores == std::vector<float>{0, 0, -1, -1});
  CHECK(out[0].channel == std::vector<std::uint8_t>{1, 0, 0, 1});
  stage.run(requests_of({0}), nullptr, 3, out);
  CHECK(out[0].items == std::vector<ItemId>{1, 2, 0});
  CHECK(out[0].channel == std::vector<std::uint8_t>{1, 0, 0});
}

TEST_CASE("multi_channel tells what its approximate channels lose, at the depth that they are asked for") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), std::vector<FeatureStore::Item>(4));
  SmallResources resources(store);
  resources.add("m", std::make_unique<VectorScorer>(Matrix<float>(1, 1, 1.0F), Matrix<float>(4, 1, 2.0F), 0.0F));
  ChannelParams near;
  near.name = "near";
  near.keep = 1;
  near.recall.kind = "approximate_inner_product";
  auto parameters = std::make_unique<config::ParametersOf<ApproximateInnerProductParams>>();
  parameters->value.model = "m";
  parameters->value.search_width = 2;
  near.recall.parameters = std::move(parameters);
  MultiChannelParams params;
  params.channels.push_back(popular_channel("clicks", PopularBy::clicks, 3));
  params.channels.push_back(std::move(near));
  // The second channel is asked for 4, since 3 may be taken, and gives 2: half of the exact scan's.
  const auto facts = MultiChannelStage(params, resources).facts(4);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].first == "near.exact_recall");
  CHECK(facts[0].second == 0.5);
}

TEST_CASE("multi_channel: its work is that of its channels") {
  const FeatureStore store = small_store(std::vector<FeatureStore::User>(1), four_items());
  const MultiChannelParams params{
      {popular_channel("clicks", PopularBy::clicks, 2), popular_channel("rate", PopularBy::rate, 2)}};
  const MultiChannelStage stage(params, SmallResources(store));
  const ScorerWork one = PopularStage({}, SmallResources(store)).work();
  CHECK(stage.work().per_request.bytes == 2 * one.per_request.bytes);
  CHECK(stage.work().index_build.flops == 2 * one.index_build.flops);
  CHECK(stage.work().per_candidate.flops == 0);
}
