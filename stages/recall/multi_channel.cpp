#include "stages/recall/multi_channel.h"

#include <algorithm>
#include <unordered_set>

#include "stages/recall/approximate_inner_product.h"
#include "stages/recall/exact_inner_product.h"
#include "stages/recall/item_to_item.h"
#include "stages/recall/popular.h"
#include "stages/recall/user_history.h"

namespace cascade {

namespace {
constexpr std::size_t kMaxChannels = 256;  // a candidate keeps the number of its channel in a byte

/// What a channel can be: every recall but this one.
const StageCatalog& channel_catalog() {
  static const StageCatalog catalog({exact_inner_product_stage(), approximate_inner_product_stage(), popular_stage(),
                                     user_history_stage(), item_to_item_stage()});
  return catalog;
}
}  // namespace

void ChannelParams::fields(config::FieldVisitor& v) {
  v.field("name", name, "name of the channel", config::Need::required);
  v.field("keep", keep, "items this channel gives that no channel before it gave", config::between(1, 1e6));
  recall.fields(v, channel_catalog(), "how the channel recalls");
}

void MultiChannelParams::fields(config::FieldVisitor& v) {
  v.list("channels", channels, "recall channels, first come first served", "name", config::Need::required);
}

MultiChannelStage::MultiChannelStage(const MultiChannelParams& params, const StageResources& resources) {
  for (const ChannelParams& channel : params.channels) {
    names_.push_back(channel.name);
    keep_.push_back(static_cast<std::size_t>(channel.keep));
    channels_.push_back(channel_catalog().find(channel.recall.kind)->maker.make(*channel.recall.parameters, resources));
  }
}

void MultiChannelStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                            CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  CandidateBlock merged(requests.size());
  std::vector<std::unordered_set<ItemId>> taken(requests.size());
  CandidateBlock found;
  std::size_t deep_enough = 0;  // this many cannot all have been taken before
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    deep_enough += keep_[c];
    channels_[c]->run(requests, nullptr, deep_enough, found);
    for (std::size_t r = 0; r < requests.size(); ++r) {
      std::size_t given = 0;
      for (const ItemId item : found[r].items) {
        if (given == keep_[c]) break;
        if (!taken[r].insert(item).second) continue;
        merged[r].items.push_back(item);
        merged[r].scores.push_back(-static_cast<float>(given));
        merged[r].channel.push_back(static_cast<std::uint8_t>(c));
        ++given;
      }
    }
  }
  out.resize(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) out[r] = keep_best(merged[r], merged[r].scores, quota);
}

ScorerWork MultiChannelStage::work() const {
  ScorerWork work;
  for (const auto& channel : channels_) {
    const ScorerWork one = channel->work();
    work.per_request += one.per_request;
    work.index_build += one.index_build;
  }
  return work;
}

std::vector<std::pair<std::string, double>> MultiChannelStage::facts(std::size_t) const {
  std::vector<std::pair<std::string, double>> all;
  std::size_t deep_enough = 0;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    deep_enough += keep_[c];
    for (const auto& [name, value] : channels_[c]->facts(deep_enough)) all.emplace_back(names_[c] + "." + name, value);
  }
  return all;
}

std::vector<ScorerWork> MultiChannelStage::parallel_work() const {
  std::vector<ScorerWork> work;
  for (const auto& channel : channels_) work.push_back(channel->work());
  return work;
}

StageEntry multi_channel_stage() {
  StageEntry entry;
  entry.name = "multi_channel";
  entry.summary = "Recall by several channels with a quota each, merged without duplicates.";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<MultiChannelParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<MultiChannelStage>(config::parameters_as<MultiChannelParams>(p), resources);
  };
  entry.maker.faults = [](const config::Parameters& p) {
    const std::size_t given = config::parameters_as<MultiChannelParams>(p).channels.size();
    std::vector<StageFault> faults;
    if (given == 0) faults.push_back({"channels", "at least one channel is needed"});
    if (given > kMaxChannels)
      faults.push_back(
          {"channels", "at most " + std::to_string(kMaxChannels) + " channels, got " + std::to_string(given)});
    return faults;
  };
  entry.maker.models = [](const config::Parameters& p) {
    std::vector<ModelUse> uses;
    const auto& channels = config::parameters_as<MultiChannelParams>(p).channels;
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const auto* kind = channel_catalog().find(channels[c].recall.kind);
      if (kind == nullptr) continue;
      for (ModelUse use : kind->maker.models(*channels[c].recall.parameters)) {
        use.path = "channels." + std::to_string(c) + "." + use.path;
        uses.push_back(use);
      }
    }
    return uses;
  };
  return entry;
}

}  // namespace cascade
