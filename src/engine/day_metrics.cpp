#include "engine/day_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/real.h"
#include "engine/log_metrics.h"
#include "engine/measure.h"
#include "metrics/ranking.h"
#include "metrics/survival.h"

namespace cascade {

namespace {

constexpr std::size_t kBuckets = 4;
constexpr std::array<int, kBuckets> kAges = {0, 1, 3, 8};            ///< days since listed, at least
constexpr std::array<int, kBuckets> kImpressions = {0, 1, 10, 100};  ///< before the day, at least
constexpr std::array<const char*, 2> kFamilies = {"age", "shown"};

std::uint8_t bucket_of(const std::array<int, kBuckets>& least, std::int64_t value) {
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && value >= least[bucket + 1]) ++bucket;
  return static_cast<std::uint8_t>(bucket);
}

std::string slice_name(std::size_t family, std::size_t bucket) {
  return kFamilies[family] + std::to_string(family == 0 ? kAges[bucket] : kImpressions[bucket]) + ".";
}

std::string at(const std::string& metric, int k) { return metric + "@" + std::to_string(k); }

double quotient(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : kDoesNotApply;
}

/// Of those values that apply.
double mean_of(const std::vector<double>& values) {
  double sum = 0;
  double n = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++n;
  }
  return quotient(sum, n);
}

}  // namespace

DayMetrics::DayMetrics(const Scenario& scenario)
    : truth_at_(scenario.evaluate.truth_at),
      rate_name_(rate_name(scenario.world.value)),
      first_day_(scenario.logs.days),
      served_(scenario.days.served) {
  if (scenario.world.drifts) shock_days_ = scenario.world.drift.shock_days;
  for (const StageSpec& stage : scenario.funnel) stages_.push_back(stage.name);
  scores_.assign(stages_.size(), true);
  scores_[0] = false;
  predicts_.assign(stages_.size(), true);
  whole_ = {"value", rate_name_, "regret"};
  for (const int k : truth_at_) whole_.push_back(at("joint_recall", k));
  for (std::size_t j = 0; j + 1 < stages_.size(); ++j)
    for (const int k : truth_at_) whole_.push_back(name_of(j) + at("joint_recall", k));
  for (std::size_t f = 0; f < kFamilies.size(); ++f) {
    for (std::size_t b = 0; b < kBuckets; ++b) {
      const std::string slice = slice_name(f, b);
      sliced_.push_back(slice + "share");
      sliced_.push_back(slice + rate_name_);
      for (const int k : truth_at_) {
        sliced_.push_back(slice + at("oracle_share", k));
        sliced_.push_back(slice + at("joint_recall", k));
        for (std::size_t j = 0; j + 1 < stages_.size(); ++j)
          sliced_.push_back(slice + name_of(j) + at("joint_recall", k));
      }
    }
  }
  all_sums_.assign(width(), 0.0);
  clear_day();
}

void DayMetrics::clear_day() {
  day_sums_.assign(2 * whole_.size(), 0.0);
  std::fill(seen_.begin(), seen_.end(), std::uint8_t{0});
  exposed_ = {};
  everywhere_ = {};
}

void DayMetrics::measure(const World& world, const FunnelPlan& plan, BlockRun& block, std::size_t r,
                         std::span<const ItemId> shown, std::span<const ScoredItem> oracle,
                         std::span<const std::uint32_t> impressions, std::span<double> row) const {
  const Request& request = block.requests()[r];
  std::size_t next = 0;
  const auto put = [&](double numerator, double denominator) {
    row[next++] = numerator;
    row[next++] = denominator;
  };
  std::vector<float> values(shown.size());
  world.true_value(request, shown, values);
  double value = 0;
  for (const float one : values) value += static_cast<double>(one);
  double best_value = 0;
  std::vector<ItemId> best;
  for (const ScoredItem& s : oracle) {
    if (best.size() < shown.size()) best_value += static_cast<double>(s.score);
    best.push_back(s.item);
  }
  std::vector<std::vector<ItemId>> kept;
  for (std::size_t j = 0; j < stages_.size(); ++j) kept.push_back(block.stage(plan, j).kept[r].items);
  const OracleSurvival survival(best, kept);
  const std::size_t last = stages_.size() - 1;
  const double scale = rate_name_ == "ecpm" ? 1000 : 1;

  put(value, 1);
  put(scale * value, static_cast<double>(shown.size()));
  put(best_value > 0 ? 1 - value / best_value : 0, best_value > 0 ? 1 : 0);
  for (const int k : truth_at_) put(survival.joint_recall(static_cast<std::size_t>(k), static_cast<int>(last)), 1);
  for (std::size_t j = 0; j < last; ++j)
    for (const int k : truth_at_) put(survival.joint_recall(static_cast<std::size_t>(k), static_cast<int>(j)), 1);

  const auto bucket = [&](std::size_t family, ItemId item) {
    return family == 0 ? bucket_of(kAges, world.age_on(item, request.day)) : bucket_of(kImpressions, impressions[item]);
  };
  for (std::size_t f = 0; f < kFamilies.size(); ++f) {
    for (std::size_t b = 0; b < kBuckets; ++b) {
      double n = 0;
      double worth = 0;
      for (std::size_t k = 0; k < shown.size(); ++k) {
        if (bucket(f, shown[k]) != b) continue;
        ++n;
        worth += static_cast<double>(values[k]);
      }
      put(n, static_cast<double>(shown.size()));
      put(scale * worth, n);
      for (const int k : truth_at_) {
        const std::size_t top = std::min<std::size_t>(static_cast<std::size_t>(k), best.size());
        std::vector<double> alive(stages_.size() + 1, 0.0);  // by stages that kept them
        for (std::size_t o = 0; o < top; ++o)
          if (bucket(f, best[o]) == b)
            for (int depth = 0; depth <= survival.depths()[o]; ++depth) ++alive[static_cast<std::size_t>(depth)];
        put(alive[0], static_cast<double>(top));
        put(alive.back(), alive[0]);
        for (std::size_t j = 0; j < last; ++j) put(alive[j + 1], alive[0]);
      }
    }
  }
}

void DayMetrics::add(std::span<const double> row, std::span<const ItemId> shown) {
  for (std::size_t c = 0; c < row.size(); ++c) all_sums_[c] += row[c];
  for (std::size_t c = 0; c < day_sums_.size(); ++c) day_sums_[c] += row[c];
  for (const ItemId item : shown) {
    if (item >= seen_.size()) seen_.resize(item + 1, 0);
    seen_[item] = 1;
  }
}

void DayMetrics::add_tests(const World& world, const FunnelPlan& plan, const LogTable& exposed,
                           const LogTable& everywhere, std::span<const std::uint32_t> impressions) {
  const auto append = [](auto& into, const auto& from) { into.insert(into.end(), from.begin(), from.end()); };
  std::vector<std::uint8_t> by_age;
  std::vector<std::uint8_t> by_impressions;
  for (std::size_t row = 0; row < exposed.size(); ++row) {
    by_age.push_back(bucket_of(kAges, world.age_on(exposed.item[row], exposed.day[row])));
    by_impressions.push_back(bucket_of(kImpressions, impressions[exposed.item[row]]));
  }
  for (Rows* rows : {&exposed_, &all_exposed_}) {
    append(rows->clicks, exposed.click);
    append(rows->users, exposed.user);
    append(rows->slice[0], by_age);
    append(rows->slice[1], by_impressions);
    rows->logits.resize(stages_.size());
  }
  append(everywhere_.clicks, everywhere.click);
  append(everywhere_.users, everywhere.user);
  everywhere_.logits.resize(stages_.size());
  for (std::size_t j = 1; j < stages_.size(); ++j) {
    const ScoringStage* stage = plan.stages[j].fitted.scoring;
    scores_[j] = stage != nullptr && stage->objective() != Objective::after_click;  // which says nothing of clicks
    if (!scores_[j]) continue;
    predicts_[j] = stage->objective() != Objective::value;
    const std::vector<float> logits = score_log(*stage, exposed);
    append(exposed_.logits[j], logits);
    append(all_exposed_.logits[j], logits);
    append(everywhere_.logits[j], score_log(*stage, everywhere));
  }
}

void DayMetrics::end_day(const World& world, int day) {
  NamedValues values;
  for (std::size_t m = 0; m < whole_.size(); ++m)
    values.emplace_back(whole_[m], quotient(day_sums_[2 * m], day_sums_[2 * m + 1]));
  double shown = 0;
  for (const std::uint8_t one : seen_) shown += one;
  const std::size_t listed = world.features().num_items() - world.num_unlisted(day);
  values.emplace_back("coverage", shown / static_cast<double>(listed));
  for (std::size_t j = 1; j < stages_.size(); ++j) {
    if (!scores_[j]) continue;
    values.emplace_back(name_of(j) + "gauc", gauc(exposed_.logits[j], exposed_.clicks, exposed_.users).value);
    values.emplace_back(name_of(j) + "gauc_all",
                        gauc(everywhere_.logits[j], everywhere_.clicks, everywhere_.users).value);
    std::vector<double> predicted;
    if (predicts_[j])
      for (const float logit : everywhere_.logits[j]) predicted.push_back(sigmoid(static_cast<double>(logit)));
    values.emplace_back(name_of(j) + "pcoc.RND", predicts_[j] ? pcoc(predicted, everywhere_.clicks) : kDoesNotApply);
  }
  days_.push_back(std::move(values));
  clear_day();
}

NamedValues DayMetrics::result() const {
  NamedValues all;
  std::vector<std::string> daily = whole_;
  daily.push_back("coverage");
  for (std::size_t j = 1; j < stages_.size(); ++j)
    if (scores_[j])
      for (const char* metric : {"gauc", "gauc_all", "pcoc.RND"}) daily.push_back(name_of(j) + metric);
  for (std::size_t m = 0; m < daily.size(); ++m) {
    std::vector<double> by_day;
    std::vector<double> calm;
    std::vector<double> shocked;
    for (int n = 0; n < served_; ++n) {
      const auto day = static_cast<std::size_t>(n);
      by_day.push_back(day < days_.size() ? days_[day][m].second : kDoesNotApply);
      const bool is_shock = std::find(shock_days_.begin(), shock_days_.end(), first_day_ + n) != shock_days_.end();
      (is_shock ? shocked : calm).push_back(by_day.back());
      all.emplace_back("day" + std::to_string(n + 1) + "." + daily[m], by_day.back());
    }
    all.emplace_back("days." + daily[m], mean_of(by_day));
    if (served_ > 1) all.emplace_back("trend." + daily[m], by_day.back() - by_day.front());
    if (shocked.empty()) continue;
    all.emplace_back("shock." + daily[m], mean_of(shocked));
    if (!calm.empty()) all.emplace_back("shock_drop." + daily[m], mean_of(calm) - mean_of(shocked));
  }
  for (std::size_t m = 0; m < sliced_.size(); ++m) {
    const std::size_t column = 2 * (whole_.size() + m);
    all.emplace_back(sliced_[m], quotient(all_sums_[column], all_sums_[column + 1]));
  }
  for (std::size_t f = 0; f < kFamilies.size(); ++f) {
    for (std::size_t b = 0; b < kBuckets; ++b) {
      std::vector<std::size_t> rows;
      for (std::size_t row = 0; row < all_exposed_.clicks.size(); ++row)
        if (all_exposed_.slice[f][row] == b) rows.push_back(row);
      std::vector<std::uint8_t> clicks;
      for (const std::size_t row : rows) clicks.push_back(all_exposed_.clicks[row]);
      for (std::size_t j = 1; j < stages_.size(); ++j) {
        if (!scores_[j]) continue;
        std::vector<float> logits;
        for (const std::size_t row : rows) logits.push_back(all_exposed_.logits[j][row]);
        all.emplace_back(slice_name(f, b) + name_of(j) + "auc", auc(logits, clicks));
      }
    }
  }
  return all;
}

std::vector<std::string> DayMetrics::names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const auto& [name, value] : DayMetrics(scenario).result()) names.push_back(name);
  return names;
}

}  // namespace cascade
