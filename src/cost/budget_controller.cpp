#include "cost/budget_controller.h"

#include <algorithm>

#include "base/errors.h"
#include "base/parallel.h"
#include "base/real.h"

namespace cascade {

namespace {

const std::vector<std::string> kControlNames = {"fixed", "pid", "forecast"};
constexpr double kMostError = 5;  // of a logarithm: an empty window has no cost to take the logarithm of

double bounded_log(double ratio) {
  if (!(ratio > 0)) return -kMostError;
  return std::clamp(exact_log(ratio), -kMostError, kMostError);
}

}  // namespace

void ControlParams::fields(config::FieldVisitor& v) {
  v.choose("kind", kind, kControlNames,
           "fixed: the allocation's budget whatever the load; pid: by the windows before; forecast: by the load a "
           "period before");
  v.field("kp", kp, "pid: weight of the change of the error ln(capacity / cost)", config::between(0, 10));
  v.field("ki", ki, "pid: weight of the error; forecast: weight of what a budget really cost", config::between(0, 2));
  v.field("kd", kd, "pid: weight of the change of its change", config::between(0, 10));
  v.field("most", most,
          "highest budget a request over the allocation's; above 1 quiet windows spend what they have left",
          config::above(0));
  v.field("qps", qps, "mean requests a second", config::above(0));
  v.field("window_s", window_s, "seconds of a window, between which the budget changes", config::above(0));
  v.field("seconds", seconds, "simulated time of a run; the first period, at most a half, is not measured",
          config::above(0));
  v.field("capacity", capacity, "compute that there is, over what the mean load spends at the allocation's budget",
          config::above(0));
  v.field("runs", runs, "independent runs a replicate", config::between(1, 100));
  v.object("arrivals", arrivals, "how requests come");
}

BudgetController::BudgetController(const ControlParams& params, double capacity, double budget, double lowest,
                                   double highest, std::size_t period)
    : params_(params),
      capacity_(capacity),
      budget_(std::clamp(budget, lowest, highest)),
      lowest_(lowest),
      highest_(highest),
      period_(period) {
  CASCADE_CHECK(lowest > 0 && highest >= lowest && capacity > 0, "a controller needs budgets and a capacity above 0");
}

double BudgetController::expected_requests() const {
  double sum = 0;
  std::size_t n = 0;
  const std::size_t coming = requests_.size();
  for (std::size_t back = period_; period_ > 0 && back <= coming; back += period_) {
    sum += requests_[coming - back];
    ++n;
  }
  return n > 0 ? sum / static_cast<double>(n) : requests_.back();
}

void BudgetController::observe(double requests, double cost) {
  requests_.push_back(requests);
  switch (params_.kind) {
    case ControlKind::fixed:
      return;
    case ControlKind::pid: {
      const double error = cost > 0 ? bounded_log(capacity_ / cost) : kMostError;
      const double step =
          params_.kp * (error - error_) + params_.ki * error + params_.kd * (error - 2 * error_ + error_before_);
      error_before_ = error_;
      error_ = error;
      budget_ *= exact_exp(std::clamp(step, -2 * kMostError, 2 * kMostError));
      break;
    }
    case ControlKind::forecast: {
      if (cost > 0) correction_ += params_.ki * (bounded_log(requests * budget_ / cost) - correction_);
      correction_ = std::clamp(correction_, -1.0, 1.0);
      const double expected = expected_requests();
      budget_ = expected > 0 ? capacity_ * exact_exp(correction_) / expected : highest_;
      break;
    }
  }
  budget_ = std::clamp(budget_, lowest_, highest_);
}

double overshoot(std::span<const double> costs, double capacity) {
  if (costs.empty()) return 0;
  std::vector<double> above;
  for (const double cost : costs) above.push_back(std::max(0.0, cost - capacity));
  return ordered_sum(above.data(), above.size()) / (capacity * static_cast<double>(costs.size()));
}

}  // namespace cascade
