#include "tests/report/fixture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "base/text.h"

namespace cascade::test {
namespace {

constexpr int kOracle = 50;
constexpr double kItems = 50000;
constexpr double kRecallKeep = 2000;
constexpr double kPage = 10;

/// Numbers in (0, 1) that depend on their names only; std::mt19937's raw output is the same everywhere.
class Draws {
 public:
  explicit Draws(std::uint32_t a, std::uint32_t b, std::uint32_t c) : random_(a * 1000003u + b * 10007u + c) {
    random_.discard(4);
  }
  double uniform() { return (static_cast<double>(random_()) + 0.5) / 4294967296.0; }
  double centred() { return uniform() + uniform() + uniform() + uniform() - 2; }  // s.d. 0.577

 private:
  std::mt19937 random_;
};

struct Row {
  std::vector<std::pair<std::string, double>> values;
  void add(const std::string& name, double value) { values.emplace_back(name, value); }
};

/// Stage at which the oracle's item `rank` dies, 3 if it is on the page. Better items survive more often.
int death(const FixtureVariant& v, double skill, Draws& draws, int rank) {
  const double ease = 1.0 - 0.004 * rank;
  const double chances[] = {0.9 * ease, v.survive_preranking * skill * ease, 0.75 * ease * ease};
  int stage = 0;
  for (double chance : chances) {
    const double u = draws.uniform();
    if (stage < 3 && u < chance) {
      ++stage;
    } else {
      for (int rest = stage + 1; rest < 3; ++rest) draws.uniform();
      return stage;
    }
  }
  return rank < 20 ? 3 : 2;
}

Row request_row(const FixtureVariant& v, int replicate, int request) {
  Draws scatter(7, static_cast<std::uint32_t>(replicate), 3);
  const double skill = 1 + 0.05 * scatter.centred();
  std::vector<int> deaths;
  double value = 0;
  for (int rank = 0; rank < kOracle; ++rank) {
    Draws draws(static_cast<std::uint32_t>(replicate), static_cast<std::uint32_t>(request),
                static_cast<std::uint32_t>(rank));
    deaths.push_back(death(v, skill, draws, rank));
    if (deaths.back() == 3) value += 0.5 - 0.005 * rank;
  }
  value = std::min(value, 4.0) + 0.6;
  const double oracle_value = 4.9;
  const char* stages[] = {"recall", "preranking", "ranking"};
  const double in[] = {kItems, kRecallKeep, v.preranking_keep};
  const double out[] = {kRecallKeep, v.preranking_keep, kPage};
  const double flops[] = {kItems * 64, kRecallKeep * v.flops_per_item, v.preranking_keep * 60000};
  const auto reached = [&](int k, int stage) {
    return static_cast<double>(std::count_if(deaths.begin(), deaths.begin() + k, [&](int d) { return d >= stage; }));
  };
  Row row;
  row.add("value", value);
  row.add("ctr", value / kPage);
  row.add("regret", 1 - value / oracle_value);
  for (int k : {10, 50}) row.add("joint_recall@" + std::to_string(k), reached(k, 3) / k);
  const double total = flops[0] + flops[1] + flops[2];
  row.add("flops", total);
  row.add("compute_us", total / 4000);
  row.add("latency_us", total / 8000);
  row.add("value_per_compute", value / (total / 4e6));
  for (int j = 0; j < 3; ++j) {
    const std::string prefix = std::string(stages[j]) + ".";
    for (int k : {10, 50}) {
      const std::string at = "@" + std::to_string(k);
      row.add(prefix + "joint_recall" + at, reached(k, j + 1) / k);
      row.add(prefix + "lost" + at, (reached(k, j) - reached(k, j + 1)) / k);
      row.add(prefix + "stage_recall" + at, reached(k, j) > 0 ? reached(k, j + 1) / reached(k, j) : kNaN);
    }
    row.add(prefix + "in", in[j]);
    row.add(prefix + "out", out[j]);
    row.add(prefix + "cut", 0);
    row.add(prefix + "items_scored", in[j]);
    row.add(prefix + "flops", flops[j]);
    row.add(prefix + "bytes_read", in[j] * 128);
    row.add(prefix + "compute_us", flops[j] / 4000);
    row.add(prefix + "latency_us", flops[j] / 8000);
  }
  row.add("preranking.overlap_fine@10", std::min(1.0, reached(10, 2) / 10 + 0.05));
  return row;
}

MetricValue from_table(const RequestTable& table, const std::string& column, const std::string& name, int replicates,
                       double rerun_sd) {
  const auto c =
      static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin());
  std::vector<std::vector<double>> groups(static_cast<std::size_t>(replicates));
  for (std::size_t row = 0; row < table.replicate.size(); ++row)
    if (!std::isnan(table.values(row, c))) groups[table.replicate[row]].push_back(table.values(row, c));
  MetricValue metric;
  metric.name = name;
  metric.estimate = estimate_grouped(groups);
  for (const auto& group : groups) metric.by_replicate.push_back(group.empty() ? kNaN : mean(group));
  metric.rerun_sd = rerun_sd;
  return metric;
}

/// A number of its own for every centre, so that variants scatter apart.
std::uint32_t salt(double centre) { return static_cast<std::uint32_t>(std::lround(centre * 10000)); }

MetricValue scattered(const std::string& name, double centre, double spread, const FixtureOptions& options,
                      double rerun_sd) {
  MetricValue metric;
  metric.name = name;
  for (int r = 0; r < options.replicates; ++r)
    metric.by_replicate.push_back(centre + spread * Draws(11, static_cast<std::uint32_t>(r), 5).centred() +
                                  0.3 * spread * Draws(12, static_cast<std::uint32_t>(r), salt(centre)).centred());
  metric.estimate = estimate_mean(metric.by_replicate);
  metric.rerun_sd = rerun_sd;
  return metric;
}

bool is_field(const std::string& metric) {
  static const std::vector<std::string> kFields = {"in",    "out",        "cut",        "items_scored",
                                                   "flops", "bytes_read", "compute_us", "latency_us"};
  return std::find(kFields.begin(), kFields.end(), metric) != kFields.end();
}

VariantResult made_up_variant(const FixtureVariant& v, const FixtureOptions& options) {
  VariantResult variant;
  variant.name = v.name;
  variant.settings = {{"seed", "1"},
                      {"world.items", number_text(kItems)},
                      {"funnel.recall.keep", number_text(kRecallKeep)},
                      {"funnel.preranking.kind", v.kind},
                      {"funnel.preranking.model", v.model},
                      {"funnel.preranking.keep", number_text(v.preranking_keep)},
                      {"funnel.ranking.keep", number_text(kPage)}};
  variant.models = {{"towers", "two_tower", {{"parameters", 120000}, {"steps", 2000}, {"train_flops", 4e10}}},
                    {"fine", "deep_mlp", {{"parameters", 900000}, {"steps", 2000}, {"train_flops", 9e11}}}};
  RequestTable& table = variant.requests;
  std::vector<Row> rows;
  for (int r = 0; r < options.replicates; ++r)
    for (int q = 0; q < options.requests; ++q) {
      rows.push_back(request_row(v, r, q));
      table.replicate.push_back(static_cast<std::uint32_t>(r));
      table.request.push_back(static_cast<std::uint64_t>(q));
      table.user.push_back(static_cast<std::uint32_t>(q * 17 % 29));
    }
  for (const auto& value : rows[0].values) table.columns.push_back(value.first);
  table.values = Matrix<double>(rows.size(), table.columns.size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t c = 0; c < table.columns.size(); ++c) table.values(row, c) = rows[row].values[c].second;

  const char* stages[] = {"recall", "preranking", "ranking"};
  const char* kinds[] = {"exact_inner_product", v.kind.c_str(), "score"};
  const char* models[] = {"towers", v.model.c_str(), "fine"};
  const double quotas[] = {kRecallKeep, v.preranking_keep, kPage};
  for (const std::string& column : table.columns)
    if (column.find('.') == std::string::npos)
      variant.outcome.push_back(from_table(table, column, column, options.replicates, options.rerun_sd));
  for (std::size_t j = 0; j < 3; ++j) {
    StageResult stage;
    const std::string prefix = std::string(stages[j]) + ".";
    stage.name = stages[j];
    stage.kind = kinds[j];
    stage.model = models[j];
    stage.quota = quotas[j];
    std::map<std::string, double> fields;
    for (const std::string& column : table.columns) {
      if (column.rfind(prefix, 0) != 0) continue;
      const std::string name = column.substr(prefix.size());
      MetricValue metric = from_table(table, column, name, options.replicates, options.rerun_sd);
      if (is_field(name)) {
        fields[name] = metric.estimate.mean;
      } else {
        stage.metrics.push_back(std::move(metric));
      }
    }
    stage.in = fields["in"];
    stage.out = fields["out"];
    stage.work = {fields["items_scored"], fields["flops"], fields["bytes_read"]};
    stage.latency_us = fields["latency_us"];
    stage.compute_us = fields["compute_us"];
    if (j > 0) {
      const double gauc = j == 1 ? v.gauc : 0.695;
      stage.metrics.push_back(scattered("auc", gauc + 0.01, 0.004, options, 0.0015));
      stage.metrics.push_back(scattered("gauc", gauc, 0.004, options, 0.0015));
      stage.metrics.push_back(scattered("pcoc.EX", 1.02, 0.02, options, kNaN));
      stage.metrics.push_back(scattered("pcoc.RND", 1.93, 0.05, options, kNaN));
    }
    if (j == 1 && options.budget_us > 0) {
      stage.budget = {true, false, "us", options.budget_us, stage.compute_us, stage.compute_us / options.budget_us, 0};
    }
    const double value = variant.outcome[0].estimate.mean;
    stage.arms = {{"oracle", {scattered("value", value + (j == 1 ? 0.8 : 0.3), 0.05, options, kNaN)}},
                  {"random", {scattered("value", 0.9, 0.05, options, kNaN)}}};
    variant.stages.push_back(std::move(stage));
  }
  return variant;
}

}  // namespace

StudyResult made_up_study(const std::vector<FixtureVariant>& variants, const FixtureOptions& options) {
  StudyResult study;
  study.scenario = "made_up";
  study.question = "How much of the oracle's top 10 survives each generation of pre-ranking, and at what cost?";
  study.seed = 1;
  study.replicates = options.replicates;
  study.build = "cascade test build";
  study.truth_at = {10, 50};
  study.validity = {{"click_rate", {0.061, 0.058, 0.064, 5}}, {"oracle_page_value", {4.9, 4.8, 5.0, 5}}};
  for (const FixtureVariant& variant : variants) study.variants.push_back(made_up_variant(variant, options));
  return study;
}

StudyResult three_variants(const FixtureOptions& options) {
  FixtureVariant towers{"two-tower"};
  FixtureVariant taught{"distilled"};
  taught.model = "taught";
  taught.survive_preranking = 0.61;
  taught.gauc = 0.663;
  FixtureVariant cold{"COLD"};
  cold.kind = "cold";
  cold.model = "cold";
  cold.survive_preranking = 0.8;
  cold.gauc = 0.681;
  cold.flops_per_item = 6000;
  return made_up_study({towers, taught, cold}, options);
}

StudyResult quota_sweep() {
  std::vector<FixtureVariant> variants;
  for (const auto& base : {std::pair<std::string, double>{"two-tower", 0.0}, {"COLD", 0.15}})
    for (double keep : {50, 100, 200, 300, 400, 600, 1000}) {
      FixtureVariant v;
      v.name = base.first + " keep=" + number_text(keep);
      v.kind = base.first == "COLD" ? "cold" : "two_tower";
      v.model = base.first == "COLD" ? "cold" : "towers";
      v.preranking_keep = keep;
      v.survive_preranking = std::min(0.97, 0.28 + 0.11 * std::log(keep / 20) + base.second);
      v.flops_per_item = base.first == "COLD" ? 6000 : 200;
      variants.push_back(v);
    }
  return made_up_study(variants);
}

}  // namespace cascade::test
