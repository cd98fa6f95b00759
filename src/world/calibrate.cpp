#include <algorithm>
#include <cmath>
#include <functional>

#include "base/parallel.h"
#include "base/real.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kUsers = 1024;    // sampled; their histories are simulated anew for each trial of b0
constexpr std::size_t kExposures = 48;  // a sampled user
constexpr int kRounds = 3;              // exposures depend on b0 through past clicks, weakly
constexpr double kFirstLogit = -4;

struct Exposures {
  std::vector<double> weight;  ///< activity of the user
  std::vector<double> eta;     ///< without b0
  std::vector<double> zeta;    ///< without c0 and intent
};

/// What the default popularity policy shows to the sampled users after their histories. Both logits are taken for
/// the present b0 and c0.
Exposures expose(const World::Truth& t) {
  const std::size_t users = std::min(kUsers, t.num_users);
  Exposures out;
  out.weight.resize(users * kExposures);
  out.eta.resize(users * kExposures);
  out.zeta.resize(users * kExposures);
  const PolicyParams policy;
  const SlotMix mix{policy.explore, policy.affine};
  constexpr std::size_t kBlock = 16;
  for_each_block(users, kBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<HistoryEvent> events;
    std::vector<ItemId> clicks;
    for (std::size_t u = begin; u < end; ++u) {
      const auto user = static_cast<UserId>(u);
      simulate_history(t, user, events);
      clicks.clear();
      for (auto event = events.rbegin(); event != events.rend() && clicks.size() < FeatureStore::kSequence; ++event) {
        if (event->click) clicks.push_back(event->item);
      }
      const Viewer viewer = t.viewer(user);
      Rng rng(t.seed, Stream::log_exposure, u, 1);
      for (std::size_t k = 0; k < kExposures; ++k) {
        const ItemId item = pick_listed(t, mix, t.users[u].segment, clicks, 0, rng);
        const float eta = t.eta(viewer, item);
        out.weight[u * kExposures + k] = t.users[u].activity;
        out.eta[u * kExposures + k] = static_cast<double>(eta) - t.base_logit;
        out.zeta[u * kExposures + k] = static_cast<double>(t.zeta(viewer, eta, item)) - t.weights.convert_base;
      }
    }
  });
  return out;
}

/// The x in [-60, 60] where the increasing function `rate` reaches `target`.
double bisect(const std::function<double(double)>& rate, double target) {
  double lo = -60;
  double hi = 60;
  for (int step = 0; step < 48; ++step) {
    const double middle = (lo + hi) / 2;
    (rate(middle) < target ? lo : hi) = middle;
  }
  return (lo + hi) / 2;
}

/// Sum of `term` over all exposures, in a fixed order.
double sum_over(std::size_t n, const std::function<double(std::size_t)>& term) {
  constexpr std::size_t kBlock = 4096;
  std::vector<double> parts((n + kBlock - 1) / kBlock, 0.0);
  for_each_block(n, kBlock, [&](std::size_t begin, std::size_t end) {
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += term(k);
    parts[begin / kBlock] = sum;
  });
  return ordered_sum(parts.data(), parts.size());
}

}  // namespace

void calibrate(World::Truth& t) {
  t.base_logit = kFirstLogit;
  t.weights.convert_base = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Exposures shown = expose(t);
    const std::size_t n = shown.eta.size();
    const double weight = ordered_sum(shown.weight.data(), n);
    t.base_logit = bisect(
        [&](double base) {
          return sum_over(n, [&](std::size_t k) { return shown.weight[k] * sigmoid(base + shown.eta[k]); }) / weight;
        },
        t.params.truth.base_click_rate);
    std::vector<double> clicks(n);
    for (std::size_t k = 0; k < n; ++k) clicks[k] = shown.weight[k] * sigmoid(t.base_logit + shown.eta[k]);
    const double all_clicks = ordered_sum(clicks.data(), n);
    const double scale = bridge_scale(t.params.truth.intent_on_conversion);
    t.weights.convert_base = static_cast<float>(bisect(
        [&](double base) {
          return sum_over(n, [&](std::size_t k) { return clicks[k] * sigmoid(scale * (base + shown.zeta[k])); }) /
                 all_clicks;
        },
        t.params.truth.base_conversion_rate));
  }
}

}  // namespace cascade
