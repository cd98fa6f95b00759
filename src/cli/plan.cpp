#include "study/plan.h"

#include <algorithm>
#include <ostream>

#include "base/parallel.h"
#include "base/text.h"
#include "cli/commands.h"

namespace cascade::cli {

namespace {

/// What is made once for several funnels, the most used of each kind.
void print_shared(const StudyPlan& plan, std::ostream& out) {
  if (plan.points.size() < 2) return;
  out << "\nmade once a replicate for" << (plan.replayed ? " (every funnel is then a replay of kept scores)" : "")
      << ":\n";
  for (const char* kind : {"world", "logs", "model", "recall", "scores"}) {
    std::vector<SharedPart> parts;
    for (const SharedPart& part : plan.shared)
      if (part.kind == kind) parts.push_back(part);
    std::stable_sort(parts.begin(), parts.end(),
                     [](const SharedPart& a, const SharedPart& b) { return a.funnels > b.funnels; });
    constexpr std::size_t kMostParts = 8;
    for (std::size_t p = 0; p < std::min(kMostParts, parts.size()); ++p)
      out << "  " << parts[p].funnels << (parts[p].funnels == 1 ? " funnel:  " : " funnels: ") << kind << " ("
          << parts[p].name << ")\n";
    if (parts.size() > kMostParts) out << "  and " << parts.size() - kMostParts << " more of kind " << kind << "\n";
  }
}

}  // namespace

int plan(const ScenarioOptions& options, Console& console) {
  const Study study = load(options);
  const ThreadLimit limit(options.threads);
  const StudyPlan plan = plan_study(study, limit.num_threads());
  std::ostream& out = console.out;
  out << study.file.scenario.name << ": " << study.file.scenario.question << "\n";
  constexpr std::size_t kMostShown = 40;
  const std::size_t shown = plan.points.size() <= kMostShown ? plan.points.size() : 2;
  for (std::size_t p = 0; p < shown; ++p) {
    out << "\n" << plan.points[p].name << "\n";
    for (const auto& [path, value] : study.points[p].swept) out << "  " << path << " = " << value << "\n";
    for (const PlannedWork& stage : plan.points[p].stages)
      out << "  " << stage.stage << " (" << stage.kind << "): " << short_number(stage.in) << " -> "
          << short_number(stage.quota) << ", " << short_number(stage.work.flops) << " FLOPs, "
          << short_number(stage.work.bytes) << " bytes, " << short_number(stage.compute_us) << " us a request\n";
  }
  if (shown < plan.points.size()) out << "\n... and " << plan.points.size() - shown << " more funnels\n";
  print_shared(plan, out);
  const auto plural = [](std::size_t n, const std::string& word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
  };
  out << "\n"
      << plural(plan.points.size(), "funnel") << " x " << plural(static_cast<std::size_t>(plan.replicates), "replicate")
      << "; each replicate: " << plural(plan.worlds, "world") << ", " << plural(plan.trainings, "training") << " over "
      << short_number(plan.train_rows) << " rows in all, " << study.file.scenario.evaluate.requests << " requests, "
      << short_number(plan.scored) << " candidates to score\n"
      << "memory at most about " << short_number(plan.memory_bytes / 1e9) << " GB";
  if (const double free = available_memory(); plan.memory_bytes > free)
    out << ", more than the " << short_number(free / 1e9) << " GB that are free here";
  out << "; time about " << duration_text(plan.seconds) << " on "
      << plural(static_cast<std::size_t>(limit.num_threads()), "core") << " (rough: from unit costs of one machine)\n";
  return kDone;
}

}  // namespace cascade::cli
