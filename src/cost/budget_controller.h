#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "config/fields.h"
#include "cost/arrivals.h"

namespace cascade {

enum class ControlKind { fixed, pid, forecast };

/// `control` of an allocation: how the budget a request follows the load, window by window.
struct ControlParams {
  ControlKind kind = ControlKind::pid;
  double kp = 0;
  double ki = 0.8;
  double kd = 0;
  double most = 1;       ///< highest budget over the allocation's: above 1, quiet windows spend what bursts leave
  double qps = 100;      ///< mean
  double window_s = 1;   ///< the budget changes between windows
  double seconds = 120;  ///< of a simulated run
  double capacity = 1;   ///< compute that there is, over what the mean load spends at the allocation's budget
  int runs = 3;
  ArrivalsParams arrivals;
  void fields(config::FieldVisitor& v);
};

/// Sets the budget a request for the coming window from what the windows before had.
///
/// fixed: never changes. pid: in the velocity form on the error e = ln(capacity / cost of the window), which a bound
/// budget cannot wind up:
///   ln b' = ln b + kp (e - e1) + ki e + kd (e - 2 e1 + e2)
/// For a cost that is in proportion to the budget, a step of the load by the factor f and kp = kd = 0 the error after m
/// windows is (1 - ki)^m ln f. forecast: b' = capacity x c / n, n being the mean number of requests in the windows one,
/// two, ... periods before the coming one (the present window's before there has been a period), c a correction for
/// what a budget really spends: ln c' = (1 - ki) ln c + ki ln(n b / cost). Ours, after the PID control of DCAF
/// (arXiv 2006.09684), which bounds the dearest level (MaxPower) instead.
class BudgetController {
 public:
  /// capacity: cost a window; budget: a request, at first; it stays in [lowest, highest]. `period`: windows after which
  /// the load repeats itself; 0: not known.
  BudgetController(const ControlParams& params, double capacity, double budget, double lowest, double highest,
                   std::size_t period);

  double budget() const { return budget_; }
  /// What the window that `budget()` was for had, and cost.
  void observe(double requests, double cost);

 private:
  double expected_requests() const;

  ControlParams params_;
  double capacity_;
  double budget_;
  double lowest_;
  double highest_;
  std::size_t period_;
  double error_ = 0;              ///< of the last window
  double error_before_ = 0;       ///< of the one before
  double correction_ = 0;         ///< ln c
  std::vector<double> requests_;  ///< [windows so far]
};

/// Cost above capacity, over all windows, as a share of the capacity of all windows.
double overshoot(std::span<const double> costs, double capacity);

}  // namespace cascade
