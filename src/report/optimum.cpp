#include "report/optimum.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/json_text.h"
#include "study/csv_field.h"

namespace cascade {

namespace {

Json funnel_json(const OptimizeResult& result, const JudgedFunnel& funnel) {
  const TriedFunnel& tried = result.tried[funnel.funnel];
  Json json;
  json["funnel"] = funnel.funnel;
  json["stages"] = Json::array();
  for (const TriedFunnel::Stage& stage : tried.stages) {
    Json one;
    one["name"] = stage.name;
    one["setting"] = stage.setting;
    one["keep"] = stage.keep;
    json["stages"].push_back(one);
  }
  json["flops"] = json_number(tried.flops);
  json["compute_us"] = json_number(tried.compute_us);
  json["latency_us"] = json_number(tried.latency_us);
  json["chosen_by"] = json_number(tried.choosing);
  json["judged"] = estimate_json(funnel.judged);
  json["chosen_is_better_by"] = estimate_json(funnel.gap);
  json["all_requests"] = json_number(tried.all);
  json["on_front"] = tried.on_front;
  json["within_limits"] = tried.allowed;
  return json;
}

}  // namespace

std::string optimum_json(const OptimizeResult& result) {
  Json json;
  json["schema"] = "cascade-optimize/1";
  json["scenario"] = result.scenario;
  json["question"] = result.question;
  json["seed"] = result.seed;
  json["build"] = result.build;
  json["replicates"] = result.replicates;
  json["requests"] = result.requests;
  json["objective"] = result.objective;
  json["cost"] = result.cost;
  json["limits"] = Json::object();
  for (const auto& [name, limit] : result.limits) json["limits"][name] = json_number(limit);
  json["search"]["kind"] = result.exhaustive ? "exhaustive" : "local";
  json["search"]["possible"] = json_number(result.possible);
  json["search"]["tried"] = result.tried.size();
  json["search"]["rounds"] = result.rounds;
  json["finals"] = nullptr;
  if (result.final_requests > 0) {
    json["finals"] = Json::object();
    json["finals"]["finalists"] = result.finalists;
    json["finals"]["requests"] = result.final_requests;
  }
  json["chosen"] = funnel_json(result, result.chosen);
  json["optimism"] = json_number(result.optimism);
  json["within_noise_of_neighbours"] = result.within_noise;
  json["front"] = Json::array();
  for (const JudgedFunnel& member : result.front) json["front"].push_back(funnel_json(result, member));
  json["budgets"] = Json::array();
  for (const auto& [level, best] : result.budgets) {
    Json one;
    one["budget"] = json_number(level);
    one["best"] = funnel_json(result, best);
    json["budgets"].push_back(one);
  }
  json["neighbours"] = Json::array();
  for (const JudgedFunnel& near : result.neighbours) json["neighbours"].push_back(funnel_json(result, near));
  json["cheapest_within_noise"] = result.has_cheaper ? funnel_json(result, result.cheaper) : Json(nullptr);
  json["next_steps"] = Json::array();
  for (const QuotaStep& step : result.steps) {
    Json one;
    one["stage"] = step.stage;
    one["from"] = step.from;
    one["to"] = step.known ? Json(step.to) : Json(nullptr);
    one["gain"] = estimate_json(step.gain);
    one["cost"] = step.known ? json_number(step.cost) : Json(nullptr);
    one["gain_a_unit"] = estimate_json(step.gain_a_unit);
    json["next_steps"].push_back(one);
  }
  json["best_of_random"]["funnels"] = result.random_funnels;
  json["best_of_random"]["best"] = result.random_funnels > 0 ? funnel_json(result, result.random) : Json(nullptr);
  json["under_load"] = Json::array();
  for (const LoadedFunnel& loaded : result.loaded) {
    Json one;
    one["funnel"] = loaded.funnel;
    one["rt_p99_ms"] = json_number(loaded.p99_ms);
    one["usable_qps"] = json_number(loaded.usable_qps);
    one["passes"] = loaded.passes;
    json["under_load"].push_back(one);
  }
  return json_text(json);
}

std::string optimum_csv(const OptimizeResult& result) {
  std::string out = "funnel";
  for (const TriedFunnel::Stage& stage : result.tried[0].stages)
    out += "," + csv_field(stage.name + ".setting") + "," + csv_field(stage.name + ".keep");
  out += ",flops,compute_us,latency_us,chosen_by,judged,all_requests,on_front,within_limits\n";
  for (std::size_t t = 0; t < result.tried.size(); ++t) {
    const TriedFunnel& tried = result.tried[t];
    out += std::to_string(t);
    for (const TriedFunnel::Stage& stage : tried.stages)
      out += "," + csv_field(stage.setting) + "," + std::to_string(stage.keep);
    for (const double value :
         {tried.flops, tried.compute_us, tried.latency_us, tried.choosing, tried.judged, tried.all})
      out += "," + (std::isfinite(value) ? number_text(value) : std::string());
    out += std::string(tried.on_front ? ",1" : ",0") + (tried.allowed ? ",1\n" : ",0\n");
  }
  return out;
}

}  // namespace cascade
