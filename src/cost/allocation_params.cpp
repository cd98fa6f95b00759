#include "cost/allocation_params.h"

namespace cascade {

namespace {
const std::vector<std::string> kAllocationNames = {"uniform", "by_segment", "dcaf", "joint"};
const std::vector<std::string> kGoalNames = {"value", "soft_recall"};
}  // namespace

void StageLevels::fields(config::FieldVisitor& v) {
  v.field("levels", levels, "quotas between which it is chosen, ascending", config::between(1, 1e7));
}

void AllocationParams::fields(config::FieldVisitor& v) {
  v.choose("kind", kind, kAllocationNames,
           "uniform: one level for all; by_segment: a level a group of users, greedily by gain a unit of cost; dcaf: "
           "the level of greatest gain - lambda x cost for each request; joint: the same over several stages",
           config::Need::required);
  v.named_map("stages", stages, "stages whose quota is allocated, by name", config::Need::required);
  v.field("flops", flops, "mean budget of a whole request in counted operations; 0: see share", config::at_least(0));
  v.field("us", us, "mean budget of a whole request in microseconds of compute; 0: see share", config::at_least(0));
  v.field("share", share, "share of that budget; without flops and us, of what the funnel costs with its own quotas",
          config::above(0));
  v.field("requests", requests, "logged requests, the latest, on which gains and lambda are estimated",
          config::between(20, 1e6));
  v.choose(
      "goal", goal, kGoalNames,
      "what a level gains: value: what the fine ranker expects of the page; soft_recall: that over what it expects "
      "of the page at the dearest level");
  v.field("known", known,
          "dcaf, joint: what a request's gains are estimated from: user groups of one value, and `scores`, those that "
          "the first of `stages` has given");
  v.field("group", group, "by_segment: the user group whose values are the segments");
  // A resolved scenario without it does not mention it.
  if (controlled || v.reads() || v.describes())
    v.optional_object("control", control, controlled,
                      "dcaf, joint: the budget under a changing load, simulated; left out: it is not");
}

}  // namespace cascade
