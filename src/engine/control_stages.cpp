#include "engine/control_stages.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "base/top_k.h"

namespace cascade {

namespace {

/// A scoring stage that may also recall: scores the catalogue in tiles and keeps the best.
class ControlStage : public ScoringStage {
 public:
  explicit ControlStage(const World& world, Objective objective = Objective::click)
      : ScoringStage(world.features(), objective), world_(world) {}
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override {
    if (in != nullptr) {
      ScoringStage::run(requests, in, quota, out);
      return;
    }
    constexpr ItemId kTile = 4096;
    std::vector<ItemId> items(kTile);
    std::vector<float> scores(kTile);
    std::vector<ScoredItem> best;
    const ItemId n = store().num_items();
    StreamingTopK top;
    out.assign(requests.size(), {});
    for (std::size_t r = 0; r < requests.size(); ++r) {
      top.reset(quota);
      for (ItemId first = 0; first < n; first += kTile) {
        const std::size_t count = std::min<std::size_t>(kTile, n - first);
        std::iota(items.begin(), items.end(), first);
        const std::span<float> tile(scores.data(), count);
        logits(requests[r], {items.data(), count}, tile);
        top.offer(tile, first);
      }
      top.take(best);
      for (const ScoredItem& s : best) {
        out[r].items.push_back(s.item);
        out[r].scores.push_back(s.score);
      }
    }
  }
  /// Controls are free: they show head-room, not a system.
  ScorerWork work() const override { return {}; }

 protected:
  const World& world() const { return world_; }

 private:
  const World& world_;
};

class OracleStage final : public ControlStage {
 public:
  explicit OracleStage(const World& world)
      : ControlStage(world, world.params().value == Value::click ? Objective::click : Objective::value) {}
  void run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
           CandidateBlock& out) const override {
    if (in != nullptr) {
      ControlStage::run(requests, in, quota, out);
      return;
    }
    std::vector<std::vector<ScoredItem>> best(requests.size());
    world().top_by_value(requests, quota, best);
    out.assign(requests.size(), {});
    for (std::size_t r = 0; r < requests.size(); ++r) {
      for (const ScoredItem& s : best[r]) {
        out[r].items.push_back(s.item);
        out[r].scores.push_back(s.score);
      }
    }
  }
  /// The click logit orders like the value where the value is the click; elsewhere the value itself is the score.
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override {
    if (objective() == Objective::click)
      world().true_logits(request, items, out);
    else
      world().true_value(request, items, out);
  }
};

class RandomStage final : public ControlStage {
 public:
  RandomStage(const World& world, std::uint64_t seed) : ControlStage(world), seed_(seed) {}
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override {
    for (std::size_t k = 0; k < items.size(); ++k)
      out[k] = static_cast<float>(hashed_uniform(seed_, Stream::arm_random, request.index, items[k]));
  }

 private:
  std::uint64_t seed_;
};

struct NoParams {
  void fields(config::FieldVisitor&) {}
};

struct NoisyOracleParams {
  double correlation = 0.8;
  void fields(config::FieldVisitor& v) {
    v.field("correlation", correlation, "correlation of the score with the true logit within a request",
            {0, 1, true, false});
  }
};

class NoisyOracleStage final : public ControlStage {
 public:
  NoisyOracleStage(const NoisyOracleParams& params, const World& world, std::uint64_t seed)
      : ControlStage(world),
        seed_(seed),
        noise_sd_(world.within_request_sd() * std::sqrt(1.0 / (params.correlation * params.correlation) - 1.0)) {}
  void logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const override {
    world().true_logits(request, items, out);
    for (std::size_t k = 0; k < items.size(); ++k)
      out[k] += static_cast<float>(noise_sd_ * hashed_normal(seed_, Stream::arm_noise, request.index, items[k]));
  }

 private:
  std::uint64_t seed_;
  double noise_sd_;
};

const ControlResources& as_control(const StageResources& resources) {
  const auto* control = dynamic_cast<const ControlResources*>(&resources);
  CASCADE_CHECK(control != nullptr, "a control stage is made by the engine only");
  return *control;
}

template <class Params, class Make>
StageEntry control_entry(const std::string& name, const std::string& summary, const Make& make) {
  StageEntry entry;
  entry.name = name;
  entry.summary = summary;
  entry.source = "ours";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<Params>>(); };
  entry.maker.place = StagePlace::anywhere;
  entry.maker.make = [make](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return make(config::parameters_as<Params>(p), as_control(resources));
  };
  entry.maker.models = [](const config::Parameters&) { return std::vector<ModelUse>{}; };
  return entry;
}

std::vector<StageEntry> all_entries() {
  std::vector<StageEntry> entries = stage_entries();
  entries.push_back(control_entry<NoParams>(
      "oracle", "Control: orders by the true value; the head-room of a stage.",
      [](const NoParams&, const ControlResources& r) { return make_arm(Arm::oracle, r.world(), r.seed()); }));
  entries.push_back(control_entry<NoParams>(
      "random", "Control: orders by chance; the floor of a stage.",
      [](const NoParams&, const ControlResources& r) { return make_arm(Arm::random, r.world(), r.seed()); }));
  entries.push_back(control_entry<NoisyOracleParams>(
      "noisy_oracle", "Control: the true logit plus Gaussian noise of a stated correlation.",
      [](const NoisyOracleParams& p, const ControlResources& r) -> std::unique_ptr<Stage> {
        return std::make_unique<NoisyOracleStage>(p, r.world(), r.seed());
      }));
  return entries;
}

}  // namespace

std::unique_ptr<Stage> make_arm(Arm arm, const World& world, std::uint64_t seed) {
  if (arm == Arm::oracle) return std::make_unique<OracleStage>(world);
  return std::make_unique<RandomStage>(world, seed);
}

bool is_control_stage(const std::string& kind) {
  return kind == "oracle" || kind == "random" || kind == "noisy_oracle";
}

const StageCatalog& stage_catalog() {
  static const StageCatalog catalog(all_entries());
  return catalog;
}

}  // namespace cascade
