#include "study/funnel_space.h"

#include <algorithm>
#include <set>

#include "base/errors.h"

namespace cascade {

FunnelSpace::FunnelSpace(const Study& study) : base_(study.file.scenario) {
  // The funnel as it stands wrote the logs, whichever is chosen next.
  if (base_.logs.policy.kind == PolicyKind::funnel && base_.logging_funnel.empty()) base_.logging_funnel = base_.funnel;
  for (std::size_t j = 0; j < base_.funnel.size(); ++j) {
    const StageSpec& own = base_.funnel[j];
    std::set<int> quotas;
    std::vector<StageSpec> settings;
    for (const StageChoices& choices : study.file.optimize.stages) {
      if (choices.stage != own.name) continue;
      quotas.insert(choices.keep.begin(), choices.keep.end());
      if (choices.has_range)
        for (const int keep : choices.range.values()) quotas.insert(keep);
      for (const StageSetting& setting : choices.settings) {
        settings.push_back(own);
        settings.back().stage = setting.stage;
      }
    }
    if (quotas.empty()) quotas.insert(own.keep);
    if (settings.empty()) settings.push_back(own);
    quotas_.emplace_back(quotas.begin(), quotas.end());
    settings_.push_back(std::move(settings));
  }
}

bool FunnelSpace::valid(const FunnelPoint& point) const {
  for (std::size_t j = 1; j < num_stages(); ++j)
    if (quotas_[j][point.keep[j]] > quotas_[j - 1][point.keep[j - 1]]) return false;
  return true;
}

double FunnelSpace::size() const {
  // [quotas of the stage] funnels up to this stage that end with that quota.
  std::vector<double> ending(quotas_[0].size(), static_cast<double>(settings_[0].size()));
  for (std::size_t j = 1; j < num_stages(); ++j) {
    std::vector<double> longer(quotas_[j].size(), 0.0);
    for (std::size_t k = 0; k < longer.size(); ++k)
      for (std::size_t before = 0; before < ending.size(); ++before)
        if (quotas_[j][k] <= quotas_[j - 1][before])
          longer[k] += ending[before] * static_cast<double>(settings_[j].size());
    ending = std::move(longer);
  }
  double all = 0;
  for (const double n : ending) all += n;
  return all;
}

std::vector<FunnelPoint> FunnelSpace::all() const {
  std::vector<FunnelPoint> points(1);
  for (std::size_t j = 0; j < num_stages(); ++j) {
    std::vector<FunnelPoint> longer;
    for (const FunnelPoint& point : points)
      for (std::size_t s = 0; s < settings_[j].size(); ++s)
        for (std::size_t k = 0; k < quotas_[j].size(); ++k) {
          if (j > 0 && quotas_[j][k] > quotas_[j - 1][point.keep[j - 1]]) continue;
          longer.push_back(point);
          longer.back().setting.push_back(s);
          longer.back().keep.push_back(k);
        }
    points = std::move(longer);
  }
  return points;
}

FunnelPoint FunnelSpace::draw(Rng& rng) const {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(rng.below(static_cast<std::uint32_t>(n))); };
  // A quota must leave a smaller one to every later stage.
  std::vector<int> least(num_stages());
  for (std::size_t j = num_stages(); j-- > 0;)
    least[j] = j + 1 < num_stages() ? std::max(quotas_[j][0], least[j + 1]) : quotas_[j][0];
  FunnelPoint point;
  for (std::size_t j = 0; j < num_stages(); ++j) {
    std::vector<std::size_t> possible;
    for (std::size_t k = 0; k < quotas_[j].size(); ++k)
      if (quotas_[j][k] >= least[j] && (j == 0 || quotas_[j][k] <= quotas_[j - 1][point.keep[j - 1]]))
        possible.push_back(k);
    CASCADE_CHECK(!possible.empty(), "no funnel can be drawn");
    point.setting.push_back(below(settings_[j].size()));
    point.keep.push_back(possible[below(possible.size())]);
  }
  return point;
}

std::vector<FunnelPoint> FunnelSpace::neighbours(const FunnelPoint& point) const {
  std::vector<FunnelPoint> near;
  for (std::size_t j = 0; j < num_stages(); ++j) {
    for (std::size_t s = 0; s < settings_[j].size(); ++s) {
      if (s == point.setting[j]) continue;
      near.push_back(point);
      near.back().setting[j] = s;
    }
    for (const bool up : {false, true}) {
      if (up ? point.keep[j] + 1 == quotas_[j].size() : point.keep[j] == 0) continue;
      FunnelPoint step = point;
      step.keep[j] += up ? 1 : static_cast<std::size_t>(-1);
      if (valid(step)) near.push_back(std::move(step));
    }
  }
  return near;
}

std::vector<FunnelPoint> FunnelSpace::two_steps_away(const FunnelPoint& point) const {
  const std::vector<FunnelPoint> near = neighbours(point);
  std::set<FunnelPoint> away;
  for (const FunnelPoint& step : near)
    for (FunnelPoint& next : neighbours(step)) away.insert(std::move(next));
  for (const FunnelPoint& step : near) away.erase(step);
  away.erase(point);
  return {away.begin(), away.end()};
}

Scenario FunnelSpace::scenario(const FunnelPoint& point) const {
  Scenario scenario = base_;
  for (std::size_t j = 0; j < num_stages(); ++j) {
    scenario.funnel[j] = settings_[j][point.setting[j]];
    scenario.funnel[j].keep = quotas_[j][point.keep[j]];
  }
  return scenario;
}

}  // namespace cascade
