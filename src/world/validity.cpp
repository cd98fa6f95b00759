#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.h"
#include "base/real.h"
#include "base/stats.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kPairs = 65536;  // sampled user-item pairs of each kind
constexpr std::size_t kPairsATask = 1024;
constexpr std::size_t kPage = 8;  // exposures of one sampled request
constexpr std::uint64_t kValiditySample = 3;

const std::array<const char*, 8> kTerms{"user", "quality", "latent", "category", "shop", "price", "cross", "whim"};

struct Pair {
  std::array<double, kTerms.size()> terms;
  double eta;
  double affinity;
  double log_popularity;
};

Pair describe_pair(const World::Truth& t, UserId user, ItemId i) {
  const Viewer viewer = t.viewer(user);
  const ItemTruth& item = t.items[i];
  const TruthParams& p = t.params.truth;
  double latent = 0;
  for (std::size_t d = 0; d < t.dim; ++d)
    latent += static_cast<double>(viewer.taste[d]) * static_cast<double>(t.latents[i * t.dim + d]);
  const double category = strength_of(viewer.categories, item.category);
  const double shop = strength_of(viewer.shops, item.shop);
  const double gap = price_gap(viewer, item.log_price);
  Pair pair{};
  pair.terms = {static_cast<double>(t.users[user].bias),
                static_cast<double>(item.quality_term),
                latent,
                p.category * category,
                p.shop * shop,
                -p.price * gap,
                p.cross * (category + shop) * (p.cross_centre - gap),
                viewer.whim == 0.0f ? 0.0 : static_cast<double>(t.whim(viewer, i))};
  pair.eta = t.eta(viewer, i);
  pair.affinity = category + shop;
  pair.log_popularity = exact_log(t.popularity_sum[i + 1] - t.popularity_sum[i]);
  return pair;
}

double correlation(std::span<const Pair> pairs, double Pair::*x, double Pair::*y) {
  double mean_x = 0;
  double mean_y = 0;
  for (const Pair& pair : pairs) {
    mean_x += pair.*x;
    mean_y += pair.*y;
  }
  mean_x /= static_cast<double>(pairs.size());
  mean_y /= static_cast<double>(pairs.size());
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (const Pair& pair : pairs) {
    xx += (pair.*x - mean_x) * (pair.*x - mean_x);
    yy += (pair.*y - mean_y) * (pair.*y - mean_y);
    xy += (pair.*x - mean_x) * (pair.*y - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

/// Gini coefficient of impressions over items: 0 equal, near 1 all on one.
double impression_gini(const FeatureStore& store) {
  std::vector<double> counts;
  for (std::uint32_t i = 0; i < store.num_items(); ++i) counts.push_back(store.item(i).impressions);
  std::sort(counts.begin(), counts.end());
  const auto n = static_cast<double>(counts.size());
  double sum = 0;
  double weighted = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    sum += counts[k];
    weighted += (2 * static_cast<double>(k + 1) - n - 1) * counts[k];
  }
  return sum > 0 ? weighted / (n * sum) : 0;
}

}  // namespace

WorldValidity World::validity() const {
  const Truth& t = *truth_;
  std::vector<Pair> random(kPairs);
  std::vector<Pair> exposed(kPairs);
  const PolicyParams policy;
  const SlotMix mix{policy.explore, policy.affine};
  for_each_block(kPairs / kPage, kPairsATask / kPage, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const UserId user = request(kValiditySample, r, 0).user;
      Rng rng(t.seed, Stream::log_exposure, request_key(kValiditySample, r));
      for (std::size_t k = r * kPage; k < (r + 1) * kPage; ++k) {
        exposed[k] = describe_pair(
            t, user, pick_listed(t, mix, t.users[user].segment, t.store.front().user(user).recent_clicks, 0, rng));
        random[k] = describe_pair(t, pick_below(rng, static_cast<std::uint32_t>(t.num_users)),
                                  pick_below(rng, static_cast<std::uint32_t>(t.num_items)));
      }
    }
  });

  WorldValidity validity;
  double clicks = 0;
  for (const Pair& pair : exposed) clicks += sigmoid(pair.eta);
  validity.click_rate = clicks / static_cast<double>(kPairs);
  const double saturated = logit(0.95);
  validity.saturated_share =
      static_cast<double>(
          std::count_if(random.begin(), random.end(), [&](const Pair& pair) { return pair.eta > saturated; })) /
      static_cast<double>(kPairs);
  validity.popularity_gini = impression_gini(t.store.front());
  validity.affinity_popularity_catalogue = correlation(random, &Pair::affinity, &Pair::log_popularity);
  validity.affinity_popularity_exposed = correlation(exposed, &Pair::affinity, &Pair::log_popularity);
  // Share of a term: its covariance with eta over the variance of eta, so that the shares add up to 1.
  std::vector<double> eta(kPairs);
  for (std::size_t k = 0; k < kPairs; ++k) eta[k] = random[k].eta;
  const double mean_eta = mean(eta);
  const double variance_eta = variance(eta) * static_cast<double>(kPairs - 1);
  for (std::size_t term = 0; term < kTerms.size(); ++term) {
    double covariance = 0;
    for (const Pair& pair : random) covariance += pair.terms[term] * (pair.eta - mean_eta);
    validity.eta_variance_share.emplace_back(kTerms[term], variance_eta > 0 ? covariance / variance_eta : 0.0);
  }
  return validity;
}

double World::within_request_sd() const {
  const Truth& t = *truth_;
  constexpr std::uint32_t kSampledUsers = 64;
  constexpr std::uint32_t kItems = 1024;
  Rng rng(t.seed, Stream::log_exposure, request_key(kValiditySample, 0), 1);
  std::vector<double> of_user(kItems);
  double sum = 0;
  for (std::uint32_t n = 0; n < kSampledUsers; ++n) {
    const Viewer viewer = t.viewer(pick_below(rng, static_cast<std::uint32_t>(t.num_users)));
    for (double& eta : of_user)
      eta = static_cast<double>(t.eta(viewer, pick_below(rng, static_cast<std::uint32_t>(t.num_items))));
    sum += variance(of_user);
  }
  return std::sqrt(sum / kSampledUsers);
}

}  // namespace cascade
