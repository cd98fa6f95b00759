#include "world/truth.h"

#include "base/rng.h"

namespace cascade {

std::span<const Liked> World::Truth::categories_of(UserId u) const {
  const auto width = static_cast<std::size_t>(params.liked_categories);
  return std::span(liked_categories).subspan(u * width, width);
}

std::span<const Liked> World::Truth::shops_of(UserId u) const {
  const auto width = static_cast<std::size_t>(params.liked_shops);
  return std::span(liked_shops).subspan(u * width, width);
}

Viewer World::Truth::viewer(UserId u) const {
  return {static_cast<float>(base_logit) + users[u].bias,
          users[u].preferred_log_price,
          tastes.data() + u * dim,
          categories_of(u),
          shops_of(u),
          static_cast<float>(params.truth.whim),
          u};
}

float World::Truth::eta(const Viewer& viewer, ItemId item) const {
  return eta_of_quality(viewer, item, items[item].quality_term);
}

float World::Truth::eta(const Viewer& viewer, ItemId item, int day) const {
  const float* quality = quality_on(day);
  return eta_of_quality(viewer, item, quality == nullptr ? items[item].quality_term : quality[item]);
}

float World::Truth::eta_of_quality(const Viewer& viewer, ItemId item, float quality_term) const {
  const ItemTruth& truth = items[item];
  const float plain = plain_eta(weights, viewer, latents.data() + item * dim, 1, dim, quality_term, truth.log_price);
  const AffinityEffect effect =
      affinity_effect(weights, strength_of(viewer.categories, truth.category), strength_of(viewer.shops, truth.shop));
  const float eta = with_affinity(weights, viewer, effect, plain, truth.log_price);
  return viewer.whim == 0.0f ? eta : eta + whim(viewer, item);
}

float World::Truth::whim(const Viewer& viewer, ItemId item) const {
  return viewer.whim * static_cast<float>(hashed_normal(seed, Stream::whim, viewer.user, item));
}

float World::Truth::zeta(const Viewer& viewer, float eta, ItemId item) const {
  return plain_zeta(weights, viewer, eta, items[item].log_price);
}

std::uint64_t request_key(std::uint64_t sample, std::uint64_t index) {
  return (sample + 1) * 0x9e3779b97f4a7c15ULL + index;
}

}  // namespace cascade
