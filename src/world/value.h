#pragma once
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "world/params.h"

namespace cascade {

/// The arithmetic of the truth, in floats, element by element and free of branches, so that a loop over a tile of
/// items vectorises and yields the same bits as a call for a single item, on every CPU.

/// e^x to about 1e-7, relative. REQUIRES |x| <= 87.
inline float plain_exp(float x) {
  constexpr float kRound = 12582912.0f;           // 1.5 * 2^23: adding it rounds to a whole number
  constexpr float kLn2High = 0.693145751953125f;  // 45426 / 2^16, so that n * kLn2High is exact
  constexpr float kLn2Low = 1.42860682e-6f;
  const float n = (x * 1.44269504f + kRound) - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;  // |r| <= ln 2 / 2: 8 terms of the series leave 5e-9
  const float series =
      1.0f +
      r * (1.0f +
           r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040)))))));
  return series * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

/// 1 / (1 + e^-x); |x| beyond 80 counts as 80.
inline float plain_sigmoid(float x) {
  const float bounded = x < -80.0f ? -80.0f : (x > 80.0f ? 80.0f : x);
  return 1.0f / (1.0f + plain_exp(-bounded));
}

/// An affinity of a user to one category or shop.
struct Liked {
  std::uint32_t key;
  float strength;
};

/// Everything of one user that the truth of an item depends on.
struct Viewer {
  float base;  ///< b0 + the user's bias
  float preferred_log_price;
  const float* taste;                 ///< [dim], times a_l / sqrt(dim)
  std::span<const Liked> categories;  ///< A[u, .]
  std::span<const Liked> shops;       ///< B[u, .]
  float whim;                         ///< a_w: weight of what nobody can see or learn; 0: none
  std::uint32_t user;
};

/// Everything of one item, besides its latent.
struct ItemTruth {
  float quality_term;  ///< a_q q_i
  float log_price;
  float bid;
  std::uint32_t category;
  std::uint32_t shop;
};

/// Weights as floats, and what conversions need.
struct ValueWeights {
  float category, shop, price, cross, cross_centre;
  float convert_base;    ///< c0
  float convert_eta;     ///< c_1
  float convert_price;   ///< c_p
  float convert_intent;  ///< c_e
  float bridge_scale;    ///< logit of the expected conversion = bridge_scale * zeta without intent
};

/// What affinities do to eta: add + slope * (cross_centre - |price gap|).
struct AffinityEffect {
  float add;
  float slope;
};

inline AffinityEffect affinity_effect(const ValueWeights& w, float category, float shop) {
  return {w.category * category + w.shop * shop, w.cross * (category + shop)};
}

inline float strength_of(std::span<const Liked> liked, std::uint32_t key) {
  for (const Liked& one : liked) {
    if (one.key == key) return one.strength;
  }
  return 0.0f;
}

inline float price_gap(const Viewer& viewer, float log_price) {
  return std::fabs(log_price - viewer.preferred_log_price);
}

/// eta without the effect of affinities; `stride` floats from one component of the latent to the next.
inline float plain_eta(const ValueWeights& w, const Viewer& viewer, const float* latent, std::size_t stride,
                       std::size_t dim, float quality_term, float log_price) {
  float eta = viewer.base + quality_term;
  for (std::size_t d = 0; d < dim; ++d) eta += viewer.taste[d] * latent[d * stride];
  return eta - w.price * price_gap(viewer, log_price);
}

inline float with_affinity(const ValueWeights& w, const Viewer& viewer, AffinityEffect effect, float eta,
                           float log_price) {
  return eta + (effect.add + effect.slope * (w.cross_centre - price_gap(viewer, log_price)));
}

/// zeta without intent.
inline float plain_zeta(const ValueWeights& w, const Viewer& viewer, float eta, float log_price) {
  return (w.convert_base + w.convert_eta * (eta - viewer.base)) -
         w.convert_price * (log_price - viewer.preferred_log_price);
}

template <Value kind>
float value_of(const ValueWeights& w, const Viewer& viewer, float eta, float log_price, float bid) {
  const float click = plain_sigmoid(eta);
  if constexpr (kind == Value::click) return click;
  if constexpr (kind == Value::ecpm) return bid * click;
  const float conversion = click * plain_sigmoid(w.bridge_scale * plain_zeta(w, viewer, eta, log_price));
  if constexpr (kind == Value::conversion) return conversion;
  return conversion * plain_exp(log_price);
}

}  // namespace cascade
