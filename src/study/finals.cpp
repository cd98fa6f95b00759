#include "study/finals.h"

#include "base/stats.h"

namespace cascade {

namespace {

/// Appends the values of every `step`th request of replicate k, from number `first` on.
void append(const FunnelTrials& trials, std::size_t t, std::size_t k, std::size_t first, std::size_t step,
            std::vector<double>& values) {
  const std::size_t n = trials.num_requests();
  for (std::size_t r = first; r < n; r += step) values.push_back(trials[t].objective[k * n + r]);
}

}  // namespace

Finals::Finals(const Study& study, const FunnelSpace& space, FittedWorlds& worlds, const FunnelTrials& search)
    : search_(search),
      trials_(study, space, worlds, "finals", search.num_requests(),
              num_final_requests(study.file.optimize, study.file.scenario.evaluate)) {}

void Finals::run(std::span<const std::size_t> funnels) {
  if (!held()) return;
  std::vector<FunnelPoint> points;
  for (const std::size_t t : funnels) points.push_back(search_[t].point);
  trials_.run(points);
}

double Finals::searched(std::size_t t) const {
  std::vector<double> values;
  for (std::size_t k = 0; k < search_.num_replicates(); ++k) append(search_, t, k, 0, held() ? 1 : 2, values);
  return mean(values);
}

std::vector<double> Finals::choosing(std::size_t t) const {
  std::vector<double> values;
  for (std::size_t k = 0; k < search_.num_replicates(); ++k) {
    append(search_, t, k, 0, held() ? 1 : 2, values);
    if (held()) append(trials_, final_of(t), k, 0, 2, values);
  }
  return values;
}

std::vector<double> Finals::judging(std::size_t t) const {
  std::vector<double> values;
  const FunnelTrials& judges = held() ? trials_ : search_;
  for (std::size_t k = 0; k < search_.num_replicates(); ++k) append(judges, held() ? final_of(t) : t, k, 1, 2, values);
  return values;
}

std::size_t Finals::num_judging() const { return (held() ? trials_ : search_).num_requests() / 2; }

}  // namespace cascade
