#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/top_k.h"
#include "data/feature_store.h"
#include "data/logs.h"
#include "world/params.h"

namespace cascade {

/// What one user does with one shown item.
struct Reaction {
  bool click = false;
  bool convert = false;
  float dwell_s = 0;
  std::uint8_t comments = 0;   ///< comments viewed, bucketed
  std::uint8_t contacted = 0;  ///< seller contacted
};

/// Samples of requests that world/ draws itself; others may take any other number.
inline constexpr std::uint64_t kLogSample = 1;  ///< logging days and the held-out day after
inline constexpr std::uint64_t kCalibrationSample = 2;

/// Figures on the world itself, for the report's validity part.
struct WorldValidity {
  double click_rate = 0;                     ///< expected, over what the popularity policy shows
  double saturated_share = 0;                ///< share of user-item pairs with p(click) > 0.95
  double popularity_gini = 0;                ///< of impressions over items in the histories
  double affinity_popularity_catalogue = 0;  ///< correlation of affinity and log popularity over random pairs
  double affinity_popularity_exposed = 0;    ///< the same over exposures (Berkson)
  std::vector<std::pair<std::string, double>> eta_variance_share;  ///< by term, over random pairs
};

/// The only place that knows the truth. Every function is pure in (seed, ids): two calls, any thread, any order, same
/// bits. Immutable after construction; construction runs on all threads.
class World {
 public:
  World(const WorldParams& params, std::uint64_t seed);
  ~World();
  World(World&&) noexcept;

  const WorldParams& params() const;
  std::uint64_t seed() const;
  const FeatureStore& features() const;
  /// Schema of the features of any world with these parameters, known before a world is made.
  static FeatureSchema schema(const WorldParams& params);
  /// Bytes that a world of these parameters and the truth queries on it will take, roughly (within 2x).
  static double memory_bytes(const WorldParams& params);

  /// Whether an item may be shown on a day: world.drift may list it later. Days since it was listed; negative before.
  bool listed(ItemId item, int day) const;
  int age_on(ItemId item, int day) const;
  std::size_t num_unlisted(int day) const;  ///< items of the catalogue that are not listed yet
  /// What models may see on the morning of a day: the groups of items that count (ctr, impressions) after the
  /// histories and these counts [items] of earlier days' logs, and their age. Users' pasts stay those of day 0.
  FeatureStore features_on(int day, std::span<const std::uint32_t> impressions,
                           std::span<const std::uint32_t> clicks) const;

  /// Past of one user, oldest impression first, as it was summed up into features(). Simulated anew at each call.
  std::vector<HistoryEvent> history(UserId user) const;

  /// Request number `index` of the sample `sample` (independent samples: evaluation, logging days, ...). Users come
  /// in proportion to their activity.
  Request request(std::uint64_t sample, std::uint64_t index, int day) const;

  /// eta(u, i): logit of the click probability, without position effects.
  void true_logits(const Request& request, std::span<const ItemId> items, std::span<float> out) const;
  /// Expected value of showing each item (WorldParams::value), without position effects.
  void true_value(const Request& request, std::span<const ItemId> items, std::span<float> out) const;
  /// Top k of the whole catalogue by true value for each request, best first; score = true value. One thread:
  /// callers run blocks of kRequestBlock side by side.
  void top_by_value(std::span<const Request> requests, std::size_t k, std::span<std::vector<ScoredItem>> best) const;

  /// What the user does with `item` shown at `position` under examination (1 + position)^-bias. Draws are keyed by
  /// (request, item): the same item clicks or not whoever put it there (common random numbers).
  Reaction react(std::uint64_t sample, const Request& request, ItemId item, int position, double bias) const;

  /// Logs of the policies random and popularity (a funnel's logs are made by the engine through log_exposures).
  Logs simulate_logs(const LogsParams& params) const;

  /// What the policy random or popularity shows to these requests of a sample, and what the users do: params.page rows
  /// each, in order.
  LogTable log_requests(const LogsParams& params, std::uint64_t sample, std::span<const Request> requests) const;

  /// s.d. of eta over the items of the catalogue within a request, pooled over a fixed sample of users: the scale of
  /// the noise of a noisy oracle.
  double within_request_sd() const;

  WorldValidity validity() const;

  struct Truth;  ///< latents, affinities, weights: world/ and its tests only
  const Truth& truth() const { return *truth_; }

 private:
  std::unique_ptr<Truth> truth_;
};

/// Appends one exposed or unexposed row with its cross and privileged features.
void append_row(LogTable& table, const World& world, std::uint64_t sample, const Request& request, ItemId item,
                int position, Space space, float score, double position_bias);

}  // namespace cascade
