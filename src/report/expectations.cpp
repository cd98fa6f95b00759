#include "report/expectations.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/paired.h"

namespace cascade {
namespace {

enum class Side { above, below, near };

PairedGap gap_of(const StudyResult& study, const Expectation& e, const std::string& reference) {
  const VariantResult& of = get_variant(study, e.of);
  double number = 0;
  const bool is_variant = std::any_of(study.variants.begin(), study.variants.end(),
                                      [&](const VariantResult& v) { return v.name == reference; });
  if (!is_variant && parse_number(reference, number)) return gap_to_number(of, e.stage, e.metric, number);
  const VariantResult& other = get_variant(study, reference);
  const std::string& other_stage = e.other_stage.empty() ? e.stage : e.other_stage;
  return VariantPair(other, of).gap(other_stage, e.metric, e.stage, e.metric);
}

/// Gathers the conditions of one comparison and the figures behind them.
class Check {
 public:
  void condition(bool holds, const std::string& text) {
    holds_ = holds_ && holds;
    if (!holds) failed_.push_back(text);
  }
  void figure(const std::string& text) { figures_.push_back(text); }
  bool holds() const { return holds_; }
  std::string detail() const {
    std::string text = join(figures_);
    if (!failed_.empty()) text += "; fails: " + join(failed_);
    return text;
  }

 private:
  bool holds_ = true;
  std::vector<std::string> figures_;
  std::vector<std::string> failed_;
};

/// How often the gap is on the expected side, of the replicates in which it applies.
std::pair<std::size_t, std::size_t> signs(const PairedGap& gap, double side) {
  std::size_t right = 0;
  std::size_t all = 0;
  for (const double g : gap.by_replicate) {
    if (std::isnan(g)) continue;
    ++all;
    if (side * g > 0) ++right;
  }
  return {right, all};
}

void check_side(const PairedGap& gap, const Expectation& e, double side, Check& check) {
  const double g = side * gap.gap.mean;
  check.condition(g > e.by, e.by > 0 ? "the gap is not beyond " + number_text(e.by) : "the sign of the gap");
  if (e.confidence > 0) {
    if (std::isnan(gap.standard_error)) {
      check.condition(false, "confidence cannot be told from a single value");
    } else {
      double p = g > e.by ? 0 : 1;
      if (gap.standard_error > 0) p = student_t_cdf(-(g - e.by) / gap.standard_error, gap.degrees_of_freedom);
      check.figure("one-sided p " + short_number(p) + " over " + gap.unit);
      check.condition(p <= 1 - e.confidence, "confidence " + number_text(e.confidence));
    }
  }
  if (e.standard_errors > 0) {
    if (std::isnan(gap.standard_error)) {
      check.condition(false, "the standard error cannot be told from a single value");
    } else {
      check.figure("s.e. " + short_number(gap.standard_error));
      check.condition(g - e.by > e.standard_errors * gap.standard_error,
                      number_text(e.standard_errors) + " standard errors");
    }
  }
  if (e.sign_share > 0) {
    const auto [right, all] = signs(gap, side);
    check.figure("sign in " + std::to_string(right) + " of " + std::to_string(all) + " replicates");
    check.condition(all > 0 && static_cast<double>(right) >= e.sign_share * static_cast<double>(all) - 1e-9,
                    "the sign in a share of " + number_text(e.sign_share) + " of the replicates");
  }
  if (e.beyond_rerun) {
    if (std::isnan(gap.rerun_noise)) {
      check.condition(false, "re-run noise was not measured (evaluate.reruns)");
    } else {
      check.figure("twice the re-run noise of a difference " + short_number(2 * gap.rerun_noise));
      check.condition(g > 2 * gap.rerun_noise, "beyond re-run noise");
    }
  }
}

void check_near(const PairedGap& gap, const Expectation& e, Check& check) {
  double allowed = e.tolerance;
  if (e.standard_errors > 0) {
    if (std::isnan(gap.standard_error)) {
      check.condition(false, "the standard error cannot be told from a single value");
      return;
    }
    allowed = e.standard_errors * gap.standard_error;
    check.figure("s.e. " + short_number(gap.standard_error));
  }
  check.condition(std::fabs(gap.gap.mean) <= allowed, "not within " + short_number(allowed));
}

void check_one(const StudyResult& study, const Expectation& e, Side side, const std::string& reference, Check& check) {
  if (reference.empty()) return;
  const PairedGap gap = gap_of(study, e, reference);
  if (!gap.applies()) {
    check.condition(false, e.metric + " does not apply");
    return;
  }
  check.figure("gap " + interval_text(gap.gap));
  if (side == Side::near) {
    check_near(gap, e, check);
  } else {
    check_side(gap, e, side == Side::above ? 1 : -1, check);
  }
}

}  // namespace

std::string expectation_text(const Expectation& e) {
  std::string text = quantity_name(e.stage, e.metric) + " of " + e.of;
  const auto other = [&](const std::string& name) {
    return e.other_stage.empty() ? name : name + " at " + e.other_stage;
  };
  if (!e.above.empty()) text += " above " + other(e.above);
  if (!e.below.empty()) text += " below " + other(e.below);
  if (e.by > 0) text += " by " + number_text(e.by);
  if (!e.near.empty())
    text += " near " + other(e.near) + " within " +
            (e.standard_errors > 0 ? number_text(e.standard_errors) + " standard errors" : number_text(e.tolerance));
  if (!e.above.empty() || !e.below.empty()) {
    if (e.confidence > 0) text += " with confidence " + number_text(e.confidence);
    if (e.standard_errors > 0) text += " beyond " + number_text(e.standard_errors) + " standard errors";
    if (e.sign_share > 0) text += " in a share of " + number_text(e.sign_share) + " of the replicates";
    if (e.beyond_rerun) text += " beyond re-run noise";
  }
  return text;
}

ExpectationResult check_expectation(const StudyResult& study, const Expectation& e) {
  if (e.above.empty() && e.below.empty() && e.near.empty())
    throw InputError("expectation '" + expectation_text(e) + "' says neither above, below nor near");
  Check check;
  check_one(study, e, Side::above, e.above, check);
  check_one(study, e, Side::below, e.below, check);
  check_one(study, e, Side::near, e.near, check);
  return {check.holds(), expectation_text(e), check.detail()};
}

std::vector<ExpectationResult> check_expectations(const StudyResult& study, std::span<const Expectation> expectations) {
  std::vector<ExpectationResult> results;
  for (const Expectation& e : expectations) results.push_back(check_expectation(study, e));
  return results;
}

}  // namespace cascade
