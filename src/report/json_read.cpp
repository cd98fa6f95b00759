#include <algorithm>
#include <limits>
#include <utility>

#include "base/errors.h"
#include "report/json.h"
#include "report/json_text.h"

namespace cascade {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr int kMaxDepth = 16;

/// A value with its place, for errors.
class Place {
 public:
  Place(const Json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& expected) const {
    throw InputError(path_ + ": expected " + expected + ", got " + value_.type_name());
  }

  Place at(const char* key) const {
    if (!value_.is_object()) fail("an object");
    const auto found = value_.find(key);
    if (found == value_.end()) throw InputError(path_ + ": has no '" + key + "'");
    return {*found, path_ + "." + key};
  }

  template <class Function>
  void each(const Function& f) const {  // f(place, index)
    if (!value_.is_array()) fail("a list");
    for (std::size_t i = 0; i < value_.size(); ++i) f(Place(value_[i], path_ + "[" + std::to_string(i) + "]"), i);
  }

  template <class Function>
  void each_key(const Function& f) const {  // f(key, place)
    if (!value_.is_object()) fail("an object");
    for (const auto& entry : value_.items()) f(entry.key(), Place(entry.value(), path_ + "." + entry.key()));
  }

  std::string text() const {
    if (!value_.is_string()) fail("text");
    return value_.get<std::string>();
  }
  bool boolean() const {
    if (!value_.is_boolean()) fail("true or false");
    return value_.get<bool>();
  }
  /// NaN for null.
  double number() const {
    if (value_.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (!value_.is_number()) fail("a number or null");
    return value_.get<double>();
  }
  std::uint64_t count() const {
    if (!value_.is_number_unsigned()) fail("a whole number, 0 or more");
    return value_.get<std::uint64_t>();
  }
  int small_count() const {
    const std::uint64_t value = count();
    if (value > 1000000000) throw InputError(path_ + ": expected at most 1e9, got " + std::to_string(value));
    return static_cast<int>(value);
  }
  bool is_empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }
  const std::string& path() const { return path_; }

 private:
  const Json& value_;
  std::string path_;
};

Estimate read_estimate(const Place& place) {
  Estimate e;
  e.n = place.at("n").count();
  double ends[2] = {0, 0};
  const Place interval = place.at("ci95");
  interval.each([&](const Place& end, std::size_t i) {
    if (i < 2) ends[i] = end.number();
  });
  if (interval.size() != 2) interval.fail("a list of two numbers");
  if (e.n == 0) return e;
  e.mean = place.at("mean").number();
  e.lo = ends[0];
  e.hi = ends[1];
  return e;
}

std::vector<MetricValue> read_metrics(const Place& place) {
  std::vector<MetricValue> metrics;
  place.each_key([&](const std::string& name, const Place& value) {
    MetricValue metric;
    metric.name = name;
    metric.estimate = read_estimate(value);
    metric.rerun_sd = value.at("rerun_sd").number();
    value.at("by_replicate").each([&](const Place& one, std::size_t) { metric.by_replicate.push_back(one.number()); });
    metrics.push_back(std::move(metric));
  });
  return metrics;
}

Work read_work(const Place& place) {
  return {place.at("items_scored").number(), place.at("flops").number(), place.at("bytes_read").number()};
}

BudgetResult read_budget(const Place& place) {
  BudgetResult budget;
  budget.given = !place.is_empty();
  if (!budget.given) return budget;
  budget.unit = place.at("unit").text();
  budget.limit = place.at("limit").number();
  budget.enforced = place.at("enforced").boolean();
  budget.used = place.at("used").number();
  budget.utilisation = place.at("utilisation").number();
  budget.cut = place.at("cut").number();
  return budget;
}

StageResult read_stage(const Place& place) {
  StageResult stage;
  stage.name = place.at("name").text();
  stage.kind = place.at("kind").text();
  stage.model = place.at("model").text();
  stage.quota = place.at("quota").number();
  stage.in = place.at("in").number();
  stage.out = place.at("out").number();
  stage.metrics = read_metrics(place.at("metrics"));
  stage.work = read_work(place.at("work"));
  stage.index_build = read_work(place.at("index_build"));
  stage.latency_us = place.at("cost").at("latency_us").number();
  stage.compute_us = place.at("cost").at("compute_us").number();
  stage.budget = read_budget(place.at("budget"));
  place.at("arms").each_key([&](const std::string& name, const Place& arm) {
    stage.arms.push_back({name, read_metrics(arm)});
  });
  return stage;
}

VariantResult read_variant(const Place& place) {
  VariantResult variant;
  variant.name = place.at("name").text();
  place.at("settings").each_key([&](const std::string& path, const Place& value) {
    variant.settings.emplace_back(path, value.text());
  });
  place.at("models").each([&](const Place& one, std::size_t) {
    ModelResult model{one.at("name").text(), one.at("kind").text(), {}};
    one.at("facts").each_key(
        [&](const std::string& name, const Place& value) { model.facts.emplace_back(name, value.number()); });
    variant.models.push_back(std::move(model));
  });
  place.at("stages").each([&](const Place& one, std::size_t) { variant.stages.push_back(read_stage(one)); });
  variant.outcome = read_metrics(place.at("outcome"));
  variant.budget = read_budget(place.at("budget"));
  return variant;
}

Json parse(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes)
    throw InputError(name + ": is " + std::to_string(text.size()) + " bytes long, at most " +
                     std::to_string(kMaxBytes) + " are read");
  const Json::parser_callback_t depth_limit = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) throw InputError(name + ": is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), depth_limit);
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min<std::size_t>(error.byte == 0 ? 0 : error.byte - 1, text.size());
    const std::string_view before = text.substr(0, end);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    throw InputError(name + ":" + std::to_string(line) + ":" + std::to_string(end - line_start + 1) + ": is not JSON");
  }
}

}  // namespace

ReportFile read_report_json(std::string_view text, std::string_view name) {
  const Json json = parse(text, std::string(name));
  const Place root(json, std::string(name));
  const std::string schema = root.at("schema").text();
  if (schema != kReportSchema)
    throw InputError(std::string(name) + ".schema: is '" + schema + "', this program reads '" +
                     std::string(kReportSchema) + "'");
  ReportFile file;
  StudyResult& study = file.study;
  study.scenario = root.at("scenario").text();
  study.question = root.at("question").text();
  study.seed = root.at("seed").count();
  study.replicates = root.at("replicates").small_count();
  root.at("truth_at").each([&](const Place& k, std::size_t) { study.truth_at.push_back(k.small_count()); });
  study.build = root.at("build").text();
  root.at("validity").at("figures").each_key([&](const std::string& figure, const Place& value) {
    study.validity.emplace_back(figure, read_estimate(value));
  });
  root.at("validity").at("warnings").each([&](const Place& one, std::size_t) { study.warnings.push_back(one.text()); });
  root.at("findings").each([&](const Place& one, std::size_t) {
    file.findings.push_back({one.at("kind").text(), one.at("text").text()});
  });
  root.at("expectations").each([&](const Place& one, std::size_t) {
    study.expectations.push_back({one.at("holds").boolean(), one.at("text").text(), one.at("detail").text()});
  });
  root.at("variants").each([&](const Place& one, std::size_t) { study.variants.push_back(read_variant(one)); });
  if (study.variants.empty()) throw InputError(std::string(name) + ".variants: expected at least one variant");
  return file;
}

}  // namespace cascade
