#include <algorithm>

#include "engine/day_loop.h"
#include "models/catalog.h"

namespace cascade {

namespace {

using Add = std::function<void(const std::string& path, const std::string& message)>;

/// What a model asks for that the logs of the days cannot give: they hold what was shown, and go on.
void check_learning(const std::string& path, const ModelSpec& spec, const Add& add) {
  if (spec.is_taught_jointly())
    add(path + ".distill.training",
        "is separate for models of served days: teacher and student each go on learning by their own freshness");
  const auto check_spaces = [&](const std::string& at, const SpaceCounts& counts) {
    for (int n = 1; n < kNumSpaces; ++n)
      if (counts.of(static_cast<Space>(n)) != 0)
        add(at + "." + std::string(space_name(static_cast<Space>(n))),
            "days log what was shown, EX, and no other candidates");
  };
  if (spec.distilled) check_spaces(path + ".distill.on", spec.distill.on);
  if (spec.sampled) {
    if (spec.samples.positives == Positives::fine_top)
      add(path + ".samples.positives", "fine_top needs candidates that were not shown, and days log none");
    check_spaces(path + ".samples.negatives", spec.samples.negatives);
  }
  const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
  if (maker.prunes && maker.prunes(*spec.model.parameters))
    add(path + ".prune", "is for a training that ends, and models of served days train on");
  if (spec.train.held_out > 0) add(path + ".train.held_out", "is not for models of served days: they train on");
  if (spec.train.max_steps > 0) add(path + ".train.max_steps", "is not for models of served days: they train on");
}

void check_freshness(const std::string& path, const ModelSpec& spec, const Add& add) {
  const FreshnessParams& fresh = spec.freshness;
  const ModelMaker& maker = model_catalog().find(spec.model.kind)->maker;
  if (fresh.from_scratch && (fresh.update == Update::online || fresh.update == Update::never))
    add(path + ".from_scratch", "is for models that learn daily or every_n_days");
  if (fresh.from_scratch && !maker.make)
    add(path + ".from_scratch", "a '" + spec.model.kind + "' is always fitted anew, on all logs");
  if (fresh.window > 0 && !fresh.from_scratch) add(path + ".window", "is for models that learn from_scratch");
  if (fresh.item_vectors_late_by > 0 && !maker.inner_product)
    add(path + ".item_vectors_late_by",
        "a '" + spec.model.kind + "' is not an inner-product model: it has no item vectors");
}

}  // namespace

void check_days(const Scenario& s, std::vector<ScenarioFault>& faults) {
  const Add add = [&](const std::string& path, const std::string& message) { faults.push_back({path, message}); };
  const int last = s.logs.days + (s.with_days ? s.days.served : 1);
  if (s.world.drifts && s.world.drift.days < last)
    add("world.drift.days", "the logs and what is served after them take " + std::to_string(last) +
                                " days, and the world moves on " + std::to_string(s.world.drift.days));
  for (const StageSpec& stage : s.funnel)
    if (stage_catalog().find(stage.stage.kind) == nullptr) return;  // the reader has reported it
  const std::vector<std::string> trained = Universe::trained_models(s);
  for (const auto& [name, spec] : s.models) {
    const std::string path = "models." + name;
    if (model_catalog().find(spec.model.kind) == nullptr) continue;  // the reader has reported it
    if (spec.fresh && !s.with_days) add(path + ".freshness", "no days are served on which it could matter: give days");
    if (!s.with_days || std::find(trained.begin(), trained.end(), name) == trained.end()) continue;
    check_learning(path, spec, add);
    check_freshness(path + ".freshness", spec, add);
  }
  if (s.with_days && kHoursADay % s.days.chunks != 0)
    add("days.chunks", "the parts of a day are whole hours: must divide 24, got " + std::to_string(s.days.chunks));
}

}  // namespace cascade
