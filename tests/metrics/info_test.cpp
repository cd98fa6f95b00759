#include "metrics/info.h"

#include <catch2/catch.hpp>
#include <set>

using namespace cascade;

TEST_CASE("the register describes every metric once and completely") {
  std::set<std::string_view> seen;
  for (const MetricInfo& info : metric_register()) {
    INFO(info.pattern);
    CHECK(seen.insert(info.pattern).second);
    CHECK(!info.unit.empty());
    CHECK(!info.where.empty());
    CHECK(!info.source.empty());
    CHECK(info.definition.size() > 30);
    CHECK(info.definition.back() == '.');
    CHECK(find_metric(info.pattern) == &info);
  }
}

TEST_CASE("metrics that a report has are found by name, with any k") {
  REQUIRE(find_metric("joint_recall@10") != nullptr);
  CHECK(find_metric("joint_recall@10")->pattern == "joint_recall@k");
  CHECK(find_metric("overlap_fine@300")->pattern == "overlap_fine@m");
  CHECK(find_metric("overlap_fine@keep")->pattern == "overlap_fine@m");
  CHECK(find_metric("pcoc.RND")->pattern == "pcoc.RND");
  CHECK(find_metric("near.exact_recall")->pattern == "CHANNEL.exact_recall");
  CHECK(find_metric("exact_recall")->pattern == "exact_recall");
  CHECK(find_metric(".exact_recall") == nullptr);
  CHECK(find_metric("joint_recall") == nullptr);
  CHECK(find_metric("joint_recall@ten") == nullptr);
  CHECK(find_metric("joint_recall@") == nullptr);
  CHECK(find_metric("nonsense") == nullptr);
  CHECK(find_metric("day12.preranking.gauc")->pattern == "dayN.METRIC");
  CHECK(find_metric("days.value")->pattern == "days.METRIC");
  CHECK(find_metric("shock_drop.value")->pattern == "shock_drop.METRIC");
  CHECK(find_metric("age0.joint_recall@10")->pattern == "ageN.METRIC");
  CHECK(find_metric("day.value") == nullptr);
  CHECK(find_metric("day2.") == nullptr);
  CHECK(find_metric("day2") == nullptr);
  CHECK(is_day_metric("shown10.share"));
  CHECK(!is_day_metric("value"));
}

TEST_CASE("directions") {
  CHECK(metric_direction("value") == Direction::higher);
  CHECK(metric_direction("lost@50") == Direction::lower);
  CHECK(metric_direction("pcoc.EX") == Direction::none);
  CHECK(metric_direction("nonsense") == Direction::none);
  CHECK(metric_direction("day2.value") == Direction::higher);
  CHECK(metric_direction("trend.preranking.gauc") == Direction::higher);
  CHECK(metric_direction("shock.regret") == Direction::lower);
  CHECK(metric_direction("shock_drop.preranking.gauc") == Direction::lower);
  CHECK(metric_direction("shock_drop.regret") == Direction::higher);
  CHECK(metric_direction("days.coverage") == Direction::none);
  CHECK(direction_name(Direction::higher) == "higher is better");
}

TEST_CASE("every metric of the outside contract has an entry") {
  for (const char* name : {"joint_recall@10",
                           "lost@10",
                           "stage_recall@10",
                           "alone_recall@10",
                           "overlap_next@50",
                           "overlap_fine@50",
                           "kendall_tau_fine",
                           "ndcg_fine@10",
                           "auc",
                           "gauc",
                           "auc_all",
                           "gauc_all",
                           "pcoc.EX",
                           "pcoc.RC",
                           "pcoc.PRC",
                           "pcoc.RND",
                           "value",
                           "ctr",
                           "cvr",
                           "ecpm",
                           "gmv",
                           "regret",
                           "oracle.value",
                           "random.value",
                           "latency_us",
                           "compute_us",
                           "flops",
                           "value_per_compute",
                           "utilisation",
                           "cut",
                           "in",
                           "out"}) {
    INFO(name);
    CHECK(find_metric(name) != nullptr);
  }
}
