#include "report/optimum.h"

#include <catch2/catch.hpp>

#include "base/stats.h"
#include "report/json_text.h"

using namespace cascade;

namespace {

/// Two funnels, of which only the first went on to the finals.
OptimizeResult one_finalist() {
  OptimizeResult result;
  result.scenario = "s";
  result.replicates = 1;
  result.requests = 10;
  result.objective = "value";
  result.cost = "compute_us";
  result.finalists = 1;
  result.final_requests = 40;
  TriedFunnel tried;
  tried.stages = {{"recall", "popular", 50}};
  tried.compute_us = 2;
  tried.choosing = 0.5;
  tried.judged = 0.25;
  tried.all = 0.75;
  tried.allowed = true;
  result.tried = {tried, tried};
  result.tried[1].choosing = kNaN;
  result.tried[1].judged = kNaN;
  result.chosen = {0, {0.25, 0.2, 0.3, 20}, {}};
  return result;
}

}  // namespace

TEST_CASE("optimize.json says which requests chose and judged, funnels.csv leaves out what no finalist has") {
  OptimizeResult result = one_finalist();
  Json json = Json::parse(optimum_json(result));
  CHECK(json["finals"]["finalists"] == 1);
  CHECK(json["finals"]["requests"] == 40);
  CHECK(json["chosen"]["judged"]["mean"] == 0.25);
  CHECK(optimum_csv(result) ==
        "funnel,recall.setting,recall.keep,flops,compute_us,latency_us,chosen_by,judged,all_requests,on_front,"
        "within_limits\n"
        "0,popular,50,0,2,0,0.5,0.25,0.75,0,1\n"
        "1,popular,50,0,2,0,,,0.75,0,1\n");
  const std::string text = optimum_terminal(result, {});
  CHECK_THAT(text, Catch::Matchers::Contains("10 requests; 40 more: the even ones choose, the odd ones judge"));
  CHECK_THAT(text, Catch::Matchers::Contains(", 1 in the finals"));
  result.final_requests = 0;
  json = Json::parse(optimum_json(result));
  CHECK(json["finals"].is_null());
  CHECK_THAT(optimum_terminal(result, {}),
             Catch::Matchers::Contains("10 requests: the even ones choose, the odd ones judge"));
}
