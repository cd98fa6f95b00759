// The ranking measures against scikit-learn and SciPy: the cases go out as text, the script judges them.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "metrics/ranking.h"
#include "metrics/theory.h"
#include "tests/metrics/cases.h"
#include "tests/tools/python.h"

using namespace cascade;

namespace {

template <class Values>
std::string listed(const Values& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    text += number_text(static_cast<double>(values[i]));
  }
  return text + "]";
}

std::string or_null(double value) { return value == value ? number_text(value) : "null"; }

}  // namespace

TEST_CASE("ranking measures and the bivariate normal agree with scikit-learn and SciPy", "[slow]") {
  const test::TemporaryFolder folder("cascade_metrics");
  std::ofstream out(folder.path() / "cases.jsonl");
  for (std::uint32_t index = 0; index < 400; ++index) {
    const test::RankingCase c = test::ranking_case(index);
    out << "{\"a\":" << listed(c.a) << ",\"b\":" << listed(c.b) << ",\"gains\":" << listed(c.gains)
        << ",\"labels\":" << listed(c.labels) << ",\"items\":" << listed(c.items) << ",\"m\":" << c.m
        << ",\"auc\":" << or_null(auc(c.a, c.labels)) << ",\"tau_b\":" << or_null(kendall_tau_b(c.a, c.b))
        << ",\"ndcg\":" << or_null(ndcg(c.a, c.gains, c.items, c.m)) << "}\n";
  }
  for (double rho : {-.9, -.2, .3, .7, .95, .99})
    for (double h : {-2., -.5, 0., 1.5, 3.})
      for (double k : {-1., .2, 2.5})
        out << "{\"h\":" << number_text(h) << ",\"k\":" << number_text(k) << ",\"rho\":" << number_text(rho)
            << ",\"upper\":" << number_text(bivariate_normal_upper(h, k, rho)) << "}\n";
  out.close();
  const test::ScriptResult result = test::run_python("check_metrics.py", {(folder.path() / "cases.jsonl").string()});
  if (result.missing) {
    WARN("skipped: " << result.output);
    return;
  }
  INFO(result.output);
  CHECK(result.status == 0);
}
