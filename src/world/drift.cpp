#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/parallel.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr std::size_t kBlock = 1024;               // items moved by one task
constexpr std::uint32_t kDrawOfDayZero = 1 << 16;  // draw numbers of days, apart from those of the catalogue

std::uint32_t draw_of(int day) { return static_cast<std::uint32_t>(static_cast<int>(kDrawOfDayZero) + day); }

/// q(t) of days first .. first + path.size() - 1 from q(0) = `today`: AR(1) with unit variance. A Gaussian one is the
/// same backwards, so that days before day 0 are drawn as those after it.
void walk(double today, double rho, int first, std::uint64_t seed, Stream stream, std::uint64_t entity,
          std::span<double> path) {
  const double fresh = std::sqrt(1 - rho * rho);
  const auto at = [&](int day) -> double& { return path[static_cast<std::size_t>(day - first)]; };
  const int end = first + static_cast<int>(path.size());
  at(0) = today;
  for (int day = 1; day < end; ++day)
    at(day) = rho * at(day - 1) + fresh * hashed_normal(seed, stream, entity, draw_of(day));
  for (int day = -1; day >= first; --day)
    at(day) = rho * at(day + 1) + fresh * hashed_normal(seed, stream, entity, draw_of(day));
}

void draw_quality(World::Truth& t) {
  const WorldParams& p = t.params;
  const int first = -p.history_days;
  const auto days = static_cast<std::size_t>(p.history_days + p.drift.days);
  const std::size_t stride = (t.num_items + World::Truth::kTile - 1) / World::Truth::kTile * World::Truth::kTile;
  std::vector<double> of_shops(t.num_shops() * days);
  for (std::size_t b = 0; b < t.num_shops(); ++b)
    walk(hashed_normal(t.seed, Stream::shop_quality, b, 0), p.drift.rho, first, t.seed, Stream::shop_quality, b,
         std::span(of_shops).subspan(b * days, days));
  std::vector<double> shocks(t.num_categories() * days, 0.0);
  for (const int day : p.drift.shock_days)
    for (std::size_t c = 0; c < t.num_categories(); ++c)
      shocks[c * days + static_cast<std::size_t>(day - first)] =
          p.drift.shock_size * hashed_normal(t.seed, Stream::item_category, c, draw_of(day));
  const double shop_share = std::sqrt(p.shop_quality_share);
  const double item_share = std::sqrt(1 - p.shop_quality_share);
  t.quality_by_day.assign(days * stride, 0.0f);
  for_each_block(t.num_items, kBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<double> own(days);
    for (std::size_t i = begin; i < end; ++i) {
      walk(hashed_normal(t.seed, Stream::item_quality, i, 0), p.drift.rho, first, t.seed, Stream::item_quality, i, own);
      const double* shop = of_shops.data() + t.items[i].shop * days;
      const double* shock = shocks.data() + t.items[i].category * days;
      for (std::size_t d = 0; d < days; ++d)
        t.quality_by_day[d * stride + i] =
            static_cast<float>(p.truth.quality * (shop_share * shop[d] + item_share * own[d]) + shock[d]);
    }
  });
}

/// The ages drawn are those on the evening of the drift's last day: whoever is younger than the drift is listed
/// during it.
void draw_births(World::Truth& t) {
  const int days = t.params.drift.days;
  t.birth_day.resize(t.num_items);
  t.unlisted.assign(static_cast<std::size_t>(days), 0);
  for (std::size_t i = 0; i < t.num_items; ++i) {
    t.birth_day[i] = days - 1 - static_cast<int>(t.item_age_days[i]);
    t.item_age_days[i] = static_cast<std::uint16_t>(std::max(0, -1 - t.birth_day[i]));
    for (int day = 0; day < std::min(days, t.birth_day[i]); ++day) ++t.unlisted[static_cast<std::size_t>(day)];
  }
  if (t.unlisted[0] == t.num_items) throw InputError("world.drift.births: no item is listed on day 0");
}

}  // namespace

void draw_drift(World::Truth& t) {
  if (!t.params.drifts) return;
  draw_quality(t);
  if (t.params.drift.births && t.params.new_items_a_day > 0) draw_births(t);
}

const float* World::Truth::quality_on(int day) const {
  if (quality_by_day.empty()) return nullptr;
  const int last = params.history_days + params.drift.days - 1;
  const auto row = static_cast<std::size_t>(std::clamp(day + params.history_days, 0, last));
  return quality_by_day.data() + row * (quality_by_day.size() / (static_cast<std::size_t>(last) + 1));
}

ItemId World::Truth::next_listed(ItemId item, int day) const {
  for (std::size_t tries = 0; tries < num_items && !listed(item, day); ++tries)
    item = item + 1 < num_items ? item + 1 : 0;
  return item;
}

bool World::listed(ItemId item, int day) const { return truth_->listed(item, day); }

int World::age_on(ItemId item, int day) const {
  const Truth& t = *truth_;
  return t.birth_day.empty() ? day + 1 + t.item_age_days[item] : day - t.birth_day[item];
}

std::size_t World::num_unlisted(int day) const {
  const std::vector<std::uint32_t>& unlisted = truth_->unlisted;
  return day >= 0 && static_cast<std::size_t>(day) < unlisted.size() ? unlisted[static_cast<std::size_t>(day)] : 0;
}

}  // namespace cascade
