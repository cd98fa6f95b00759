#include "report/paired.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/errors.h"
#include "report/lookup.h"

namespace cascade {
namespace {

std::vector<std::uint32_t> rows_in_order(const RequestTable& table) {
  std::vector<std::uint32_t> rows(table.replicate.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t x, std::uint32_t y) {
    return std::tie(table.replicate[x], table.request[x]) < std::tie(table.replicate[y], table.request[y]);
  });
  return rows;
}

/// other - base; 0 where they differ by rounding alone (the same page summed in another order).
double difference_of(double base, double other) {
  const double difference = other - base;
  const double rounding = 1e-12 * std::max(std::fabs(base), std::fabs(other));
  return std::fabs(difference) <= rounding ? 0 : difference;
}

/// Standard error, degrees of freedom and p from the interval itself, so that all of them always agree.
void add_test(PairedGap& gap, std::span<const double> replicate_gaps) {
  gap.standard_error = kNaN;
  gap.p_t = kNaN;
  if (gap.unit == "replicates" && replicate_gaps.size() >= 2) {
    gap.standard_error = standard_error(replicate_gaps);
    gap.degrees_of_freedom = static_cast<double>(replicate_gaps.size() - 1);
  } else if (gap.unit == "requests" && gap.gap.n >= 2) {
    gap.degrees_of_freedom = static_cast<double>(gap.gap.n - 1);
    gap.standard_error = 0.5 * (gap.gap.hi - gap.gap.lo) / student_t_quantile(0.975, gap.degrees_of_freedom);
  } else {
    return;
  }
  if (gap.standard_error == 0) {
    gap.p_t = gap.gap.mean == 0 ? 1 : 0;
  } else {
    gap.p_t = 2 * student_t_cdf(-std::fabs(gap.gap.mean) / gap.standard_error, gap.degrees_of_freedom);
  }
}

std::vector<double> defined(std::span<const double> values) {
  std::vector<double> kept;
  for (double v : values)
    if (!std::isnan(v)) kept.push_back(v);
  return kept;
}

/// From gaps by request, grouped by replicate (some groups may be empty).
void fill_from_requests(const std::vector<std::vector<double>>& groups, PairedGap& result) {
  std::vector<double> all;
  for (const auto& group : groups) {
    result.by_replicate.push_back(group.empty() ? kNaN : mean(group));
    all.insert(all.end(), group.begin(), group.end());
  }
  for (double d : all) ++(d > 0 ? result.wins : d < 0 ? result.losses : result.ties);
  result.gap = estimate_grouped(groups);
  const std::vector<double> replicate_gaps = defined(result.by_replicate);
  result.unit = replicate_gaps.size() >= 3 ? "replicates" : "requests";
  add_test(result, replicate_gaps);
  result.p_wilcoxon = all.empty() ? kNaN : wilcoxon_p(all);
}

/// From gaps by replicate.
void fill_from_replicates(std::vector<double> gaps, PairedGap& result) {
  result.by_replicate = std::move(gaps);
  const std::vector<double> replicate_gaps = defined(result.by_replicate);
  result.gap = estimate_mean(replicate_gaps);
  result.unit = "replicates";
  add_test(result, replicate_gaps);
  result.p_wilcoxon = kNaN;
}

void fill_from_means(double difference, PairedGap& result) {
  result.gap = {difference, difference, difference, std::isnan(difference) ? std::size_t{0} : std::size_t{1}};
  result.unit = "means";
  add_test(result, {});
  result.p_wilcoxon = kNaN;
}

double mean_of(const Quantity& q) { return q.estimate.n > 0 ? q.estimate.mean : kNaN; }

}  // namespace

bool PairedGap::beyond_noise() const {
  if (gap.n < 2 || !(gap.lo > 0 || gap.hi < 0)) return false;
  return std::isnan(rerun_noise) || std::fabs(gap.mean) > 2 * rerun_noise;
}

double rerun_noise_of_difference(double sd_a, double sd_b) {
  if (std::isnan(sd_a)) sd_a = sd_b;
  if (std::isnan(sd_b)) sd_b = sd_a;
  return std::hypot(sd_a, sd_b);
}

VariantPair::VariantPair(const VariantResult& base, const VariantResult& other) : base_(base), other_(other) {
  const RequestTable& a = base.requests;
  const RequestTable& b = other.requests;
  const std::vector<std::uint32_t> rows_a = rows_in_order(a);
  const std::vector<std::uint32_t> rows_b = rows_in_order(b);
  std::size_t j = 0;
  for (std::uint32_t x : rows_a) {
    const auto key = std::tie(a.replicate[x], a.request[x]);
    while (j < rows_b.size() && std::tie(b.replicate[rows_b[j]], b.request[rows_b[j]]) < key) ++j;
    if (j == rows_b.size()) break;
    const std::uint32_t y = rows_b[j];
    if (std::tie(b.replicate[y], b.request[y]) != key) continue;
    if (a.user[x] != b.user[y])
      throw InputError("request " + std::to_string(a.request[x]) + " of replicate " + std::to_string(a.replicate[x]) +
                       " is of user " + std::to_string(a.user[x]) + " in '" + base.name + "' and of user " +
                       std::to_string(b.user[y]) + " in '" + other.name +
                       "': the two runs served different requests, so nothing pairs them");
    rows_.emplace_back(x, y);
    ++j;
  }
}

PairedGap VariantPair::gap(std::string_view base_stage, std::string_view base_metric, std::string_view other_stage,
                           std::string_view other_metric) const {
  const Quantity a = get_quantity(base_, base_stage, base_metric);
  const Quantity b = get_quantity(other_, other_stage, other_metric);
  PairedGap result;
  result.rerun_noise = rerun_noise_of_difference(a.rerun_sd, b.rerun_sd);
  if (a.column >= 0 && b.column >= 0 && !rows_.empty()) {
    std::vector<std::vector<double>> groups(1 + base_.requests.replicate[rows_.back().first]);
    for (const auto& row : rows_) {
      const double difference = difference_of(base_.requests.values(row.first, static_cast<std::size_t>(a.column)),
                                              other_.requests.values(row.second, static_cast<std::size_t>(b.column)));
      if (!std::isnan(difference)) groups[base_.requests.replicate[row.first]].push_back(difference);
    }
    fill_from_requests(groups, result);
  } else if (!a.by_replicate.empty() && a.by_replicate.size() == b.by_replicate.size()) {
    std::vector<double> gaps;
    for (std::size_t r = 0; r < a.by_replicate.size(); ++r)
      gaps.push_back(difference_of(a.by_replicate[r], b.by_replicate[r]));
    fill_from_replicates(std::move(gaps), result);
  } else {
    fill_from_means(difference_of(mean_of(a), mean_of(b)), result);
  }
  return result;
}

PairedGap gap_to_number(const VariantResult& variant, std::string_view stage, std::string_view metric, double number) {
  const Quantity q = get_quantity(variant, stage, metric);
  PairedGap result;
  result.rerun_noise = q.rerun_sd;
  if (q.column >= 0 && !variant.requests.replicate.empty()) {
    const RequestTable& table = variant.requests;
    const std::uint32_t last = *std::max_element(table.replicate.begin(), table.replicate.end());
    std::vector<std::vector<double>> groups(1 + last);
    for (std::size_t row = 0; row < table.replicate.size(); ++row) {
      const double difference = difference_of(number, table.values(row, static_cast<std::size_t>(q.column)));
      if (!std::isnan(difference)) groups[table.replicate[row]].push_back(difference);
    }
    fill_from_requests(groups, result);
  } else if (!q.by_replicate.empty()) {
    std::vector<double> gaps;
    for (double value : q.by_replicate) gaps.push_back(difference_of(number, value));
    fill_from_replicates(std::move(gaps), result);
  } else {
    fill_from_means(difference_of(number, mean_of(q)), result);
  }
  return result;
}

}  // namespace cascade
