#include <algorithm>

#include "base/text.h"
#include "engine/allocation.h"
#include "engine/control_stages.h"

namespace cascade {

namespace {

class AllocationChecker {
 public:
  explicit AllocationChecker(const Scenario& scenario) : s_(scenario), params_(scenario.allocation) {}

  std::vector<ScenarioFault> run() {
    check_stages();
    check_rest();
    if (faults_.empty()) check_levels();
    return std::move(faults_);
  }

 private:
  void add(const std::string& path, const std::string& message) {
    faults_.push_back({"allocation" + (path.empty() ? "" : "." + path), message});
  }

  std::size_t place_of(const std::string& name) const {
    const auto at =
        std::find_if(s_.funnel.begin(), s_.funnel.end(), [&](const StageSpec& stage) { return stage.name == name; });
    return static_cast<std::size_t>(at - s_.funnel.begin());
  }

  bool allocates(const std::string& name) const {
    return std::any_of(params_.stages.begin(), params_.stages.end(),
                       [&](const auto& one) { return one.first == name; });
  }

  void check_stages() {
    std::vector<std::string> names;
    for (const StageSpec& stage : s_.funnel) names.push_back(stage.name);
    if (params_.stages.empty()) add("stages", "an allocation needs a stage whose quota it may choose");
    if (params_.kind == AllocationKind::joint && params_.stages.size() == 1)
      add("kind", "joint allocates over several stages; over one it is dcaf");
    if (params_.kind == AllocationKind::dcaf && params_.stages.size() > 1)
      add("kind", "dcaf allocates one stage's quota; over several it is joint");
    for (const auto& [name, stage] : params_.stages) {
      const std::string path = "stages." + name;
      const std::size_t j = place_of(name);
      if (j == s_.funnel.size()) {
        add(path, "no stage is called '" + name + "' (there are: " + join(names) + ")");
        continue;
      }
      if (j + 1 == s_.funnel.size()) add(path, "the last stage's quota is the page, which is not allocated");
      if (stage.levels.empty()) add(path + ".levels", "at least one quota is needed");
      if (std::adjacent_find(stage.levels.begin(), stage.levels.end(), std::greater_equal<>()) != stage.levels.end())
        add(path + ".levels", "quotas must ascend");
      if (stage.levels.empty()) continue;
      if (j > 0 && !allocates(s_.funnel[j - 1].name) && stage.levels.back() > s_.funnel[j - 1].keep)
        add(path + ".levels", "a quota cannot grow: '" + s_.funnel[j - 1].name + "' passes on " +
                                  std::to_string(s_.funnel[j - 1].keep) + ", got " +
                                  std::to_string(stage.levels.back()));
      if (j == 0 && stage.levels.back() > s_.world.items)
        add(path + ".levels", "the catalogue has only " + std::to_string(s_.world.items) + " items, got " +
                                  std::to_string(stage.levels.back()));
      if (j + 1 < s_.funnel.size() && !allocates(s_.funnel[j + 1].name) && stage.levels.front() < s_.funnel[j + 1].keep)
        add(path + ".levels", "a quota cannot grow: '" + s_.funnel[j + 1].name + "' keeps " +
                                  std::to_string(s_.funnel[j + 1].keep) + ", got " +
                                  std::to_string(stage.levels.front()));
    }
    check_fine_ranker();
  }

  /// Gains are what a trained model expects after the last allocated stage, and not what the truth says.
  void check_fine_ranker() {
    std::size_t last = 0;
    for (const auto& one : params_.stages) last = std::max(last, place_of(one.first));
    if (last >= s_.funnel.size()) return;  // reported above
    for (std::size_t j = s_.funnel.size(); j-- > last + 1;) {
      const std::string& kind = s_.funnel[j].stage.kind;
      const auto* entry = stage_catalog().find(kind);
      if (entry == nullptr) return;  // reported elsewhere
      if (is_control_stage(kind)) {
        add("", "what a level gains is what the fine ranker expects: stage '" + s_.funnel[j].name + "' (kind " + kind +
                    ") is a control and expects nothing from logs");
        return;
      }
      if (!entry->maker.models(*s_.funnel[j].stage.parameters).empty()) return;
    }
    add("", "what a level gains is what the fine ranker expects: no stage with a model follows the allocated ones");
  }

  void check_rest() {
    if (params_.flops > 0 && params_.us > 0) add("", "a budget is in flops or in us, not in both");
    const FeatureSchema schema = World::schema(s_.world);
    std::vector<std::string> usable;
    for (const FeatureGroup& group : schema.groups())
      if (group.side == Side::user && group.max_values == 1 && group.cardinality <= kMostGroupValues)
        usable.push_back(group.name);
    const auto check = [&](const std::string& path, const std::string& name) {
      if (std::find(usable.begin(), usable.end(), name) != usable.end()) return;
      add(path, "'" + name + "' is no user group of one value out of at most " + std::to_string(kMostGroupValues) +
                    " (there are: " + join(usable) + ")");
    };
    for (const std::string& name : params_.known)
      if (name != kKnownScores) check("known", name);
    if (params_.known.empty()) add("known", "something must be known of a request");
    if (params_.kind == AllocationKind::by_segment) check("group", params_.group);
    if (!params_.controlled) return;
    const ControlParams& control = params_.control;
    if (params_.kind != AllocationKind::dcaf && params_.kind != AllocationKind::joint)
      add("control", "only dcaf and joint have a price of compute that a controller can move");
    for (const auto& [field, what] : control.arrivals.faults()) add("control.arrivals." + field, what);
    if (control.qps * control.seconds > kMostRequests)
      add("control.seconds", "a run has at most " + number_text(kMostRequests) + " requests, here qps x seconds is " +
                                 number_text(control.qps * control.seconds));
    if (control.seconds < 4 * control.window_s) add("control.seconds", "a run needs at least four windows");
  }

  void check_levels() {
    double all = 1;
    for (const auto& one : params_.stages) all *= static_cast<double>(one.second.levels.size());
    constexpr double kWorthCounting = 1e5;
    if (all > kWorthCounting) {
      add("stages", "there are too many combinations of quotas, of " + std::to_string(kMostLevels) + " at most");
      return;
    }
    const std::size_t n = quota_levels(s_).size();
    if (n == 0) add("stages", "every combination of these quotas grows from stage to stage");
    if (n > kMostLevels)
      add("stages",
          "there are " + std::to_string(n) + " combinations of quotas, of " + std::to_string(kMostLevels) + " at most");
  }

  const Scenario& s_;
  const AllocationParams& params_;
  std::vector<ScenarioFault> faults_;
};

}  // namespace

std::vector<ScenarioFault> allocation_faults(const Scenario& scenario) { return AllocationChecker(scenario).run(); }

}  // namespace cascade
