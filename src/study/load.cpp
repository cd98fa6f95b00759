#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "config/reader.h"
#include "config/yaml_text.h"
#include "engine/day_metrics.h"
#include "engine/measure.h"
#include "engine/replay.h"
#include "metrics/info.h"
#include "study/funnel_space.h"
#include "study/log_files.h"
#include "study/resolved.h"
#include "study/study.h"

namespace cascade {

using config::choose_from;
using config::Document;
using config::Faults;
using config::Node;
using config::Override;

void VariantSpec::fields(config::FieldVisitor& v) {
  v.field("name", name, "name of the variant", config::Need::required);
  v.free_map("set", set, "dotted path -> value that this variant has instead");
  v.field("rerun", rerun, "with evaluate.reruns: train it a second time, too");
}

void ScenarioFile::fields(config::FieldVisitor& v) {
  scenario.fields(v);
  v.list("variants", variants, "funnels to compare; the first is the baseline", "name");
  v.free_map("sweep", sweep,
             "dotted path -> list of values: every combination is run, or with `paired: true` the "
             "first values together, then the second, ...");
  v.list("expect", expect, "what must come out, for `cascade check`");
  // A resolved file without it does not mention it.
  if (optimized || v.reads() || v.describes())
    v.optional_object("optimize", optimize, optimized, "what `cascade optimize` chooses among");
}

std::filesystem::path find_configs(const std::filesystem::path& scenario) {
  std::error_code ignored;
  for (const std::filesystem::path& from :
       {std::filesystem::absolute(scenario, ignored).parent_path(), std::filesystem::current_path(ignored),
        std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path()}) {
    for (std::filesystem::path folder = from; !folder.empty(); folder = folder.parent_path()) {
      if (std::filesystem::is_directory(folder / "configs" / "worlds", ignored)) return folder / "configs";
      if (!folder.has_relative_path()) break;
    }
  }
  return std::filesystem::path(CASCADE_SHARE_FOLDER) / "configs";
}

std::vector<config::PartPlace> part_places(const std::filesystem::path& configs) {
  return {{"world", configs / "worlds"},
          {"models.*", configs / "models"},
          {"funnel", configs / "funnels"},
          {"hardware", configs / "hardware"},
          {"funnel.*.hardware", configs / "hardware"}};
}

namespace {

/// What all points share: variants and sweeps are compared on it.
void refuse_shared(const std::string& path, const config::Mark& mark, Faults& faults) {
  for (const char* fixed : {"evaluate", "seed", "scenario", "variants", "sweep", "expect", "optimize"})
    if (path == fixed || path.rfind(std::string(fixed) + ".", 0) == 0)
      faults.add(mark, path, "cannot differ between variants: they are compared on it");
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

struct SweepAxis {
  std::string path;
  std::vector<Node> values;
  config::Mark mark;
};

struct Sweep {
  std::vector<SweepAxis> axes;
  bool paired = false;
};

Sweep read_sweep(const Document& document, Faults& faults) {
  Sweep sweep;
  const Node* node = document.root().child("sweep");
  if (node == nullptr || !node->is_mapping()) return sweep;
  for (const Node& entry : node->children) {
    if (entry.key == "paired") {
      sweep.paired = entry.text == "true";
      if (!sweep.paired && entry.text != "false")
        faults.add(entry.mark, "sweep.paired", "must be true or false", {config::shown(entry), "", {}});
      continue;
    }
    if (!entry.is_sequence() || entry.children.empty()) {
      faults.add(entry.place(), "sweep." + entry.key, "must be a list of values, one a point",
                 {config::shown(entry), "", {}});
      continue;
    }
    refuse_shared(entry.key, entry.place(), faults);
    sweep.axes.push_back({entry.key, entry.children, entry.place()});
  }
  if (sweep.paired)
    for (const SweepAxis& axis : sweep.axes)
      if (axis.values.size() != sweep.axes[0].values.size())
        faults.add(axis.mark, "sweep." + axis.path,
                   "paired axes need equally many values: " + std::to_string(axis.values.size()) + " here, " +
                       std::to_string(sweep.axes[0].values.size()) + " in " + sweep.axes[0].path);
  return sweep;
}

/// The values of each point of the sweep, the last axis fastest; one empty point without a sweep.
std::vector<std::vector<Override>> sweep_points(const Sweep& sweep) {
  std::vector<std::vector<Override>> points(1);
  if (sweep.axes.empty()) return points;
  if (sweep.paired) {
    points.assign(sweep.axes[0].values.size(), {});
    for (const SweepAxis& axis : sweep.axes)
      for (std::size_t p = 0; p < std::min(points.size(), axis.values.size()); ++p)
        points[p].push_back({axis.path, axis.values[p], axis.mark});
    return points;
  }
  for (const SweepAxis& axis : sweep.axes) {
    std::vector<std::vector<Override>> longer;
    for (const auto& point : points) {
      for (const Node& value : axis.values) {
        longer.push_back(point);
        longer.back().push_back({axis.path, value, axis.mark});
      }
    }
    points = std::move(longer);
  }
  return points;
}

/// The last `steps` steps of a dotted path, or all of it.
std::string ending(const std::string& path, int steps) {
  std::size_t at = path.size();
  for (; steps > 0 && at != std::string::npos; --steps) at = at == 0 ? std::string::npos : path.rfind('.', at - 1);
  return at == std::string::npos ? path : path.substr(at + 1);
}

/// The shortest endings of the swept paths that tell them apart: "keep", or "recall.keep" and "preranking.keep".
std::vector<std::string> short_names(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const SweepAxis& axis : sweep.axes) {
    const auto clashes = [&](int steps) {
      return std::any_of(sweep.axes.begin(), sweep.axes.end(), [&](const SweepAxis& other) {
        return other.path != axis.path && ending(other.path, steps) == ending(axis.path, steps);
      });
    };
    int steps = 1;
    while (clashes(steps)) ++steps;
    names.push_back(ending(axis.path, steps));
  }
  return names;
}

struct VariantNode {
  std::string name = "base";
  std::vector<Override> set;
  bool rerun = true;
};

std::vector<VariantNode> read_variants(const Document& document, Faults& faults) {
  std::vector<VariantNode> variants;
  const Node* list = document.root().child("variants");
  std::set<std::string> names;
  if (list != nullptr && list->is_sequence()) {
    for (std::size_t v = 0; v < list->children.size(); ++v) {
      const Node& entry = list->children[v];
      VariantNode variant;
      if (const Node* name = entry.child("name"); name != nullptr) variant.name = name->text;
      if (!names.insert(variant.name).second)
        faults.add(entry.mark, "variants." + std::to_string(v), "two variants are called '" + variant.name + "'");
      if (const Node* set = entry.child("set"); set != nullptr && set->is_mapping())
        variant.set = config::overrides_of(*set);
      for (const Override& change : variant.set) refuse_shared(change.path, change.mark, faults);
      if (const Node* rerun = entry.child("rerun"); rerun != nullptr) variant.rerun = rerun->text != "false";
      variants.push_back(std::move(variant));
    }
  }
  if (variants.empty()) variants.emplace_back();
  return variants;
}

/// A study of many points, which would take long and fill a disk if measured in full, is measured by its outcome.
void decide_detail(Study& study) {
  constexpr std::size_t kMostInFull = 100;
  EvaluateParams& evaluate = study.file.scenario.evaluate;
  if (evaluate.detail == Detail::automatic && study.points.size() > kMostInFull && !evaluate.reruns &&
      !study.file.scenario.with_days && !study.file.scenario.under_load)
    evaluate.detail = Detail::outcome;
  for (StudyPoint& point : study.points) point.scenario.evaluate.detail = evaluate.detail;
}

/// Whether evaluate.detail: outcome measures it.
bool is_outcome(const std::string& metric, const std::string& stage, const Scenario& scenario) {
  static const std::set<std::string> counts = {"in",         "out",        "cut",        "items_scored", "flops",
                                               "bytes_read", "compute_us", "latency_us", "quota",        "utilisation"};
  if (!stage.empty()) return counts.count(metric) > 0;
  const std::vector<std::string> columns = Replay::columns(scenario);
  return counts.count(metric) > 0 || std::find(columns.begin(), columns.end(), metric) != columns.end();
}

/// Why no report can have this metric, with what there is to choose from; nothing where it may have it.
std::optional<std::pair<std::string, config::Hint>> metric_fault(const std::string& metric, const Scenario& scenario) {
  for (const auto& [model, spec] : scenario.models)
    if (metric.rfind(model + ".", 0) == 0) return std::nullopt;
  if (metric == "quota" || metric.starts_with("quota_share@")) return std::nullopt;
  if (is_day_metric(metric)) {
    if (!scenario.with_days) return std::pair{"is of days served, and there are none: see days", config::Hint{}};
    const std::vector<std::string> names = DayMetrics::names(scenario);
    if (std::find(names.begin(), names.end(), metric) != names.end()) return std::nullopt;
    return std::pair{"there is none of that name", choose_from(metric, names)};
  }
  if (find_metric(metric) == nullptr)
    return std::pair{"there is none of that name", choose_from(metric, metric_patterns())};
  if (const std::string split = "regret."; metric.starts_with(split)) {
    std::vector<std::string> shares;
    for (const StageSpec& stage : scenario.funnel) shares.push_back(split + stage.name);
    if (std::find(shares.begin(), shares.end(), metric) == shares.end())
      return std::pair{"there is no stage of that name", choose_from(metric, shares)};
    if (!Measures::splits_regret(scenario))
      return std::pair{"is not measured: see evaluate.split_regret", config::Hint{}};
  }
  const std::size_t at = metric.find('@');
  if (at == std::string::npos || metric.substr(at) == "@keep") return std::nullopt;
  std::vector<std::string> measured;
  for (const int k : scenario.evaluate.truth_at) measured.push_back(metric.substr(0, at + 1) + std::to_string(k));
  if (std::find(measured.begin(), measured.end(), metric) != measured.end()) return std::nullopt;
  return std::pair{"is not measured: see evaluate.truth_at", choose_from(metric, measured)};
}

/// Puts the rates of a trace in the place of its file, so that the scenario says all that it depends on. A relative
/// name starts at the folder of the scenario.
void read_trace(Scenario& scenario, const std::filesystem::path& folder, const Document& document, Faults& faults) {
  const auto read_into = [&](ArrivalsParams& arrivals, const std::string& path) {
    if (arrivals.kind != ArrivalKind::trace || arrivals.file.empty()) return;
    if (!arrivals.rates.empty()) {
      faults.add_at(document, path, "a trace has a file or rates, not both");
      return;
    }
    constexpr std::uint64_t kMostBytes = 1 << 20;
    try {
      arrivals.rates = read_rates(read_file(folder / arrivals.file, kMostBytes), arrivals.file);
      arrivals.file.clear();
    } catch (const std::runtime_error& error) {
      faults.add_at(document, path, error.what());
    }
  };
  if (scenario.under_load) read_into(scenario.serving.arrivals, "serving.arrivals.file");
  if (scenario.allocated && scenario.allocation.controlled)
    read_into(scenario.allocation.control.arrivals, "allocation.control.arrivals.file");
}

/// Expectations must speak of variants, stages and metrics that there are.
void check_expectations(const Document& document, const Study& study, Faults& faults) {
  std::vector<std::string> variants;
  for (const StudyPoint& point : study.points) variants.push_back(point.name);
  const auto stages_of = [&](const std::string& variant) {
    std::vector<std::string> stages;
    for (const StudyPoint& point : study.points)
      if (point.name == variant)
        for (const StageSpec& stage : point.scenario.funnel) stages.push_back(stage.name);
    return stages;
  };
  for (std::size_t e = 0; e < study.file.expect.size(); ++e) {
    const Expectation& expect = study.file.expect[e];
    const std::string path = "expect." + std::to_string(e);
    const auto check = [&](const std::string& field, const std::string& name, const std::vector<std::string>& names) {
      const bool known = name.empty() || std::find(names.begin(), names.end(), name) != names.end();
      if (!known)
        faults.add_at(document, config::join_path(path, field), "there is none of that name", choose_from(name, names));
      return known;
    };
    const auto of = std::find_if(study.points.begin(), study.points.end(),
                                 [&](const StudyPoint& point) { return point.name == expect.of; });
    const Scenario& scenario = of == study.points.end() ? study.file.scenario : of->scenario;
    if (const auto fault = metric_fault(expect.metric, scenario))
      faults.add_at(document, path + ".metric", fault->first, fault->second);
    else if (scenario.evaluate.detail == Detail::outcome && !is_outcome(expect.metric, expect.stage, scenario))
      faults.add_at(
          document, path + ".metric",
          std::string("is not measured with evaluate.detail: outcome") + (expect.stage.empty() ? "" : " of a stage"));
    if (check("of", expect.of, variants)) check("stage", expect.stage, stages_of(expect.of));
    std::size_t references = 0;
    bool rerun = scenario.evaluate.reruns;
    for (const auto& [field, reference] :
         {std::pair<std::string, std::string>{"above", expect.above}, {"below", expect.below}, {"near", expect.near}}) {
      if (reference.empty()) continue;
      ++references;
      if (is_number(reference) || !check(field, reference, variants)) continue;
      for (const StudyPoint& point : study.points)
        if (point.name == reference) rerun = rerun || point.scenario.evaluate.reruns;
      const bool other = !expect.other_stage.empty();
      check(other ? "other_stage" : "stage", other ? expect.other_stage : expect.stage, stages_of(reference));
    }
    if (references == 0) faults.add_at(document, path, "says neither above, below nor near");
    if (expect.beyond_rerun && !rerun)
      faults.add_at(document, path + ".beyond_rerun",
                    "re-run noise is not measured: see evaluate.reruns and `rerun` of the variants");
  }
}

}  // namespace

Study load_study(const std::filesystem::path& path, std::span<const Override> overrides) {
  Faults faults;
  const Document raw = Document::load(path, faults);
  faults.throw_if_any();
  config::Parts parts(part_places(find_configs(path)));
  Study study;
  const Document base = config::resolve(raw, overrides, parts, faults);
  config::read(base.root(), study.file, faults);
  read_trace(study.file.scenario, path.parent_path(), base, faults);
  const std::vector<VariantNode> variants = read_variants(base, faults);
  const Sweep sweep = read_sweep(base, faults);
  const std::vector<std::string> axis_names = short_names(sweep);
  std::vector<Document> documents;
  std::set<std::string> names;
  for (const VariantNode& variant : variants) {
    for (const std::vector<Override>& values : sweep_points(sweep)) {
      std::vector<Override> all(overrides.begin(), overrides.end());
      all.insert(all.end(), variant.set.begin(), variant.set.end());
      all.insert(all.end(), values.begin(), values.end());
      const Document document = config::resolve(raw, all, parts, faults);
      ScenarioFile file;
      config::read(document.root(), file, faults);
      read_trace(file.scenario, path.parent_path(), document, faults);
      if (file.scenario.under_load && !study.file.scenario.under_load)
        faults.add_at(document, "serving", "give it in the scenario itself: variants are compared on its metrics");
      StudyPoint point;
      point.name = variant.name;
      for (std::size_t a = 0; a < values.size(); ++a) {
        const std::string value = config::flow_text(values[a].value);
        point.swept.emplace_back(values[a].path, value);
        point.name += (a == 0 ? " " : ", ") + axis_names[a] + "=" + value;
      }
      point.scenario = std::move(file.scenario);
      point.scenario.evaluate.reruns = point.scenario.evaluate.reruns && variant.rerun;
      if (!names.insert(point.name).second && !values.empty())
        faults.add_at(base, "sweep", "two points are called '" + point.name + "'");
      study.points.push_back(std::move(point));
      documents.push_back(document);
    }
  }
  decide_detail(study);
  // What the fields say each for itself must be right before they are held against each other.
  faults.throw_if_any();
  for (std::size_t p = 0; p < study.points.size(); ++p)
    for (const ScenarioFault& fault : find_faults(study.points[p].scenario))
      faults.add_at(documents[p], fault.path, fault.message);
  check_expectations(base, study, faults);
  if (study.file.optimized)
    for (const ScenarioFault& fault : find_faults(study.file.optimize, study.file.scenario))
      faults.add_at(base, fault.path, fault.message);
  faults.throw_if_any();
  if (study.file.optimized && FunnelSpace(study).size() < 1) {
    faults.add_at(base, "optimize.stages", "no funnel can be made: every quota of some stage is above those before it");
    faults.throw_if_any();
  }
  LogFiles logs(path.parent_path(), study.file.scenario.seed);
  for (std::size_t p = 0; p < study.points.size(); ++p) logs.find(study.points[p].scenario, documents[p], faults);
  faults.throw_if_any();
  logs.find(study.file.scenario, base, faults);
  faults.throw_if_any();
  ScenarioFile file = study.file;
  std::vector<StudyPoint> points = study.points;
  logs.make_absolute(file.scenario);
  for (StudyPoint& point : points) logs.make_absolute(point.scenario);
  study.resolved = resolved_text(file, points);
  return study;
}

}  // namespace cascade
