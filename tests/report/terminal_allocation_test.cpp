#include <catch2/catch.hpp>

#include "report/terminal.h"
#include "tests/report/fixture.h"

using namespace cascade;

namespace {

MetricValue metric(const std::string& name, double mean, double half_width) {
  MetricValue value;
  value.name = name;
  value.estimate = {mean, mean - half_width, mean + half_width, 5};
  return value;
}

}  // namespace

TEST_CASE("the allocation is shown by stage: mean quota, shares of requests, budget") {
  StudyResult study = test::three_variants();
  CHECK_FALSE(is_allocated(study));
  VariantResult& dcaf = study.variants[1];
  dcaf.outcome.push_back(metric("budget_used", 0.993, 0.011));
  dcaf.outcome.push_back(metric("overshoot", 0.013, 0.001));
  dcaf.outcome.push_back(metric("overshoot_fixed", 0.154, 0.001));
  StageResult& stage = dcaf.stages[1];
  for (const MetricValue& value :
       {metric("allowed", 98.4, 1.3), metric("lambda", 1.5e-8, 1e-9), metric("gain_r2", 0.314, 0.02),
        metric("quota_share@20", 0.35, 0.01), metric("quota_share@100", 0.65, 0.01)})
    stage.metrics.push_back(value);
  CHECK(is_allocated(study));
  const std::string expected =
      " variant            stage        mean quota   share of the requests that got each quota\n"
      " distilled          preranking   98.4 +-1.3   20: 35 %  100: 65 %\n"
      "   budget used 99.3 +-1.1 %, lambda 1.5e-08, R2 of gains 0.31\n"
      "   overshoot 1.3 % (uncontrolled 15.4 %)\n";
  CHECK(allocation_table(study, {false, false}) == expected);
  CHECK(terminal_report(study, {}).find("THE ALLOCATION") != std::string::npos);
}
