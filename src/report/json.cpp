#include "report/json.h"

#include "report/json_text.h"

namespace cascade {
namespace {

Json metric_json(const MetricValue& metric) {
  Json json = estimate_json(metric.estimate);
  json["rerun_sd"] = json_number(metric.rerun_sd);
  Json values = Json::array();
  for (double value : metric.by_replicate) values.push_back(json_number(value));
  json["by_replicate"] = std::move(values);
  return json;
}

Json metrics_json(const std::vector<MetricValue>& metrics) {
  Json json = Json::object();
  for (const MetricValue& metric : metrics) json[metric.name] = metric_json(metric);
  return json;
}

Json work_json(const Work& work) {
  Json json;
  json["items_scored"] = json_number(work.items);
  json["flops"] = json_number(work.flops);
  json["bytes_read"] = json_number(work.bytes);
  return json;
}

Json budget_json(const BudgetResult& budget) {
  Json json = Json::object();
  if (!budget.given) return json;
  json["unit"] = budget.unit;
  json["limit"] = json_number(budget.limit);
  json["enforced"] = budget.enforced;
  json["used"] = json_number(budget.used);
  json["utilisation"] = json_number(budget.utilisation);
  json["cut"] = json_number(budget.cut);
  return json;
}

Json stage_json(const StageResult& stage) {
  Json json;
  json["name"] = stage.name;
  json["kind"] = stage.kind;
  json["model"] = stage.model;
  json["quota"] = json_number(stage.quota);
  json["in"] = json_number(stage.in);
  json["out"] = json_number(stage.out);
  json["metrics"] = metrics_json(stage.metrics);
  json["work"] = work_json(stage.work);
  json["index_build"] = work_json(stage.index_build);
  json["cost"]["latency_us"] = json_number(stage.latency_us);
  json["cost"]["compute_us"] = json_number(stage.compute_us);
  json["budget"] = budget_json(stage.budget);
  json["arms"] = Json::object();
  for (const ArmResult& arm : stage.arms) json["arms"][arm.arm] = metrics_json(arm.metrics);
  return json;
}

Json model_json(const ModelResult& model) {
  Json json;
  json["name"] = model.name;
  json["kind"] = model.kind;
  json["facts"] = Json::object();
  for (const auto& fact : model.facts) json["facts"][fact.first] = json_number(fact.second);
  return json;
}

Json variant_json(const VariantResult& variant) {
  Json json;
  json["name"] = variant.name;
  json["settings"] = Json::object();
  for (const auto& setting : variant.settings) json["settings"][setting.first] = setting.second;
  json["models"] = Json::array();
  for (const ModelResult& model : variant.models) json["models"].push_back(model_json(model));
  json["stages"] = Json::array();
  for (const StageResult& stage : variant.stages) json["stages"].push_back(stage_json(stage));
  json["outcome"] = metrics_json(variant.outcome);
  json["budget"] = budget_json(variant.budget);
  return json;
}

}  // namespace

std::string report_json(const StudyResult& study, std::span<const Finding> findings) {
  Json json;
  json["schema"] = kReportSchema;
  json["scenario"] = study.scenario;
  json["question"] = study.question;
  json["seed"] = study.seed;
  json["replicates"] = study.replicates;
  json["truth_at"] = study.truth_at;
  json["build"] = study.build;
  json["validity"]["figures"] = Json::object();
  for (const auto& figure : study.validity) json["validity"]["figures"][figure.first] = estimate_json(figure.second);
  json["validity"]["warnings"] = study.warnings;
  json["findings"] = Json::array();
  for (const Finding& finding : findings) {
    Json one;
    one["kind"] = finding.kind;
    one["text"] = finding.text;
    json["findings"].push_back(std::move(one));
  }
  json["expectations"] = Json::array();
  for (const ExpectationResult& expectation : study.expectations) {
    Json one;
    one["holds"] = expectation.holds;
    one["text"] = expectation.text;
    one["detail"] = expectation.detail;
    json["expectations"].push_back(std::move(one));
  }
  json["variants"] = Json::array();
  for (const VariantResult& variant : study.variants) json["variants"].push_back(variant_json(variant));
  return json_text(json);
}

}  // namespace cascade
