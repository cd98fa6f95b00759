#include "metrics/info.h"

#include <algorithm>

namespace cascade {
namespace {

constexpr MetricInfo kRegister[] = {
    // What becomes of the oracle's items.
    {"joint_recall@k", "stage, outcome", "share", Direction::higher,
     "|S_j n O_k| / k: the share of the oracle's top k of the whole catalogue that is still there after stage j, and "
     "so passed every stage up to it; for the outcome, after the last stage. O_k is by true value, ties by lower item "
     "id; k is cut to the size of the catalogue. Sum of lost@k over the stages + the outcome's joint_recall@k = 1.",
     "LCRON; FSCD"},
    {"lost@k", "stage", "share", Direction::lower,
     "|(S_(j-1) \\ S_j) n O_k| / k: the share of the oracle's top k that dies at this stage. Ties of the oracle by "
     "lower item id.",
     "ours"},
    {"stage_recall@k", "stage", "share", Direction::higher,
     "|S_j n O_k| / |S_(j-1) n O_k|: of the oracle's top k that came in, the share that this stage keeps. Does not "
     "apply to a request of which none came in. Ties of the oracle by lower item id.",
     "ours"},
    {"alone_recall@k", "stage", "share", Direction::higher,
     "stage_recall@k of the same stage under the same quota when it is given all that recall returned instead of what "
     "the stages between left. Does not apply to a request of which recall returned none of O_k. Ties by lower item "
     "id.",
     "LCRON"},
    {"exact_recall", "stage", "share", Direction::higher,
     "Of the items that an exact scan by the same model finds best, as many as the quota, the share that approximate "
     "recall finds, over the measured users of its index.",
     "ours"},
    {"CHANNEL.exact_recall", "stage", "share", Direction::higher,
     "exact_recall of a channel of multi_channel, at the depth at which it is asked.", "ours"},
    // How a stage's order agrees with those behind it.
    {"overlap_next@m", "stage", "share", Direction::higher,
     "Of the m candidates that the next stage's scorer ranks highest among what came in here, the share that this "
     "stage's scorer ranks among its own m highest. Same candidates for both; ties by lower item id; m is cut to the "
     "number of candidates; @keep stands for the stage's quota. Does not apply to the last stage.",
     "COLD, Section 4.1 (recall)"},
    {"overlap_fine@m", "stage", "share", Direction::higher,
     "As overlap_next@m with the fine ranker's scorer in place of the next stage's.", "COLD, Section 4.1 (recall)"},
    {"kendall_tau_fine", "stage", "-1 to 1", Direction::higher,
     "Kendall's tau-b between this stage's scores and the fine ranker's over the candidates that came in. Ties are "
     "left out of the pairs as tau-b has it. Does not apply where either score is constant.",
     "Kendall 1945; Knight 1966"},
    {"ndcg_fine@m", "stage", "share", Direction::higher,
     "NDCG of this stage's order at m: the gain is the fine ranker's probability, linear, the discount 1 / log2(rank "
     "+ 1), over the same sum in the fine ranker's own order. Ties by lower item id.",
     "Jarvelin and Kekalainen 2002"},
    // Against logged labels.
    {"auc", "stage", "share", Direction::higher,
     "Probability that the scorer puts a clicked impression of the next day's logs above one not clicked, over all "
     "pairs of impressions; a tie counts one half. Does not apply without both classes.",
     "Mann and Whitney 1947"},
    {"gauc", "stage", "share", Direction::higher,
     "AUC inside each user on the next day's logs, averaged with the user's impressions as weight. Users with a single "
     "class have no AUC: they are skipped and the weights renormalised over the rest. A tie counts one half.",
     "COLD, Section 4.1"},
    {"auc_all", "stage", "share", Direction::higher,
     "auc on clicks drawn for random items of the catalogue instead of exposed ones: the all-space counterpart.",
     "ASMOL; ASPH"},
    {"gauc_all", "stage", "share", Direction::higher,
     "gauc on clicks drawn for random items of the catalogue instead of exposed ones.", "ASMOL; ASPH"},
    {"auc_cvr", "stage", "share", Direction::higher,
     "Probability that the estimate of p(conversion | click) puts a clicked impression of the next day's logs that "
     "converted above one that did not, over all pairs of clicked impressions; a tie counts one half. Of stages that "
     "estimate conversions; does not apply without both classes.",
     "PFD, Section 4"},
    {"gauc_cvr", "stage", "share", Direction::higher,
     "auc_cvr inside each user, averaged with the user's clicked impressions as weight, over users who have both "
     "classes.",
     "ours"},
    {"pcoc_cvr", "stage", "ratio", Direction::none,
     "Predicted over observed conversions of the next day's clicked impressions: sum of the estimates of "
     "p(conversion | click) / sum of conversions. Does not apply without a conversion.",
     "ours"},
    {"pcoc.EX", "stage", "ratio", Direction::none,
     "Predicted over observed on exposed items: sum of predicted probabilities / sum of labels. 1 is calibrated, more "
     "over-predicts. Does not apply without a positive label.",
     "ours"},
    {"pcoc.RC", "stage", "ratio", Direction::none,
     "As pcoc.EX on items that were fine-ranked but not exposed; the observed side is the true probability.", "ours"},
    {"pcoc.PRC", "stage", "ratio", Direction::none,
     "As pcoc.EX on items that were pre-ranked but not passed on; the observed side is the true probability.", "ours"},
    {"pcoc.RND", "stage", "ratio", Direction::none,
     "As pcoc.EX on clicks drawn for random items of the catalogue: the labels of auc_all.", "ours"},
    // What the page is worth.
    {"value", "outcome", "value a request", Direction::higher,
     "Sum of the true expected value over the items of the final page: no sampling noise.", "ours"},
    {"ctr", "outcome", "clicks an item", Direction::higher,
     "True click probability, averaged over the items of the final page.", "ours"},
    {"cvr", "outcome", "conversions an item", Direction::higher,
     "True probability of click and conversion, averaged over the items of the final page.", "ours"},
    {"ecpm", "outcome", "money per 1000 items", Direction::higher,
     "1000 x bid x true click probability, averaged over the items of the final page.", "COLD, Section 4.1"},
    {"gmv", "outcome", "money an item", Direction::higher,
     "True click probability x conversion probability x price, averaged over the items of the final page.", "ours"},
    {"regret", "outcome", "share", Direction::lower,
     "1 - value / value of the oracle's page of the same length. Does not apply to a request whose oracle page is "
     "worth nothing.",
     "ours"},
    {"regret.STAGE", "outcome", "share", Direction::lower,
     "The stage's share of regret: Shapley value of the stages where a set of stages is worth what the page is worth "
     "with just these replaced by the oracle (all quotas kept), over the value of the oracle's page. Adds up to "
     "regret. Up to six stages; off with evaluate.split_regret.",
     "Shapley 1953; the game is ours"},
    // Control arms: one stage replaced, everything else kept.
    {"oracle.value", "arm of a stage", "value a request", Direction::none,
     "Value of the final page when this stage alone orders by true value (ties by lower item id).", "ours"},
    {"oracle.headroom", "arm of a stage", "value a request", Direction::none,
     "oracle.value - value: what a perfect scorer in this stage alone would add to the funnel.", "ours"},
    {"oracle.joint_recall@k", "arm of a stage", "share", Direction::none,
     "joint_recall@k of the final page when this stage alone orders by true value.", "ours"},
    {"random.value", "arm of a stage", "value a request", Direction::none,
     "Value of the final page when this stage alone keeps random candidates.", "ours"},
    {"random.headroom", "arm of a stage", "value a request", Direction::none,
     "random.value - value, at most about 0: what keeping random candidates in this stage alone would cost.", "ours"},
    {"random.joint_recall@k", "arm of a stage", "share", Direction::none,
     "joint_recall@k of the final page when this stage alone keeps random candidates.", "ours"},
    // Counts and cost.
    {"in", "stage", "candidates a request", Direction::none,
     "Candidates that came in, mean over requests; equals `out` of the stage before.", "ours"},
    {"out", "stage", "candidates a request", Direction::none, "Candidates kept, mean over requests; at most the quota.",
     "ours"},
    {"items_scored", "stage", "candidates a request", Direction::lower,
     "Candidates that a scorer scored, mean over requests.", "ours"},
    {"flops", "stage, outcome", "FLOPs a request", Direction::lower,
     "Counted floating-point operations, a multiply-add being two; never timed.", "ours"},
    {"bytes_read", "stage", "bytes a request", Direction::lower,
     "Counted bytes read from memory: vectors, embeddings, and weights once a request.", "ours"},
    {"latency_us", "stage, outcome", "us a request", Direction::lower,
     "Latency by the hardware profile's prices of the counted work; for the outcome, the sum over the stages.", "ours"},
    {"compute_us", "stage, outcome", "core-us a request", Direction::lower,
     "Compute time by the hardware profile's prices of the counted work, over all shards.", "ours"},
    {"value_per_compute", "outcome", "value per core-ms", Direction::higher,
     "value / compute_us x 1000 of each request, mean over requests.", "DCAF"},
    {"utilisation", "stage, outcome", "share", Direction::none,
     "Work used / budget given, mean over requests; above 1 the budget is exceeded.", "DCAF"},
    {"cut", "stage, outcome", "candidates a request", Direction::lower,
     "Candidates that were not scored for want of budget, mean over requests.", "DCAF"},
    // Of an `allocation:`.
    {"budget_used", "outcome", "share", Direction::none,
     "Cost of the whole request over the allocation's mean budget: in the mean over requests, 1 is a budget just met.",
     "ours"},
    {"allowed", "stage", "candidates a request", Direction::none,
     "The quota that the allocation gave to the request; out is less only where fewer came in.", "ours"},
    {"quota_share@k", "stage", "share", Direction::none, "Share of the requests to which the allocation gave quota k.",
     "ours"},
    {"allocation_budget", "stage", "FLOPs or us a request", Direction::none,
     "The allocation's mean budget of a whole request, at the first stage that it allocates.", "ours"},
    {"lambda", "stage", "gain a unit of cost", Direction::none,
     "Price of compute at which the logged requests meet the budget, each at the level of greatest estimated gain - "
     "lambda x cost; 0 where the budget is no limit.",
     "DCAF, arXiv 2006.09684"},
    {"dual_gap", "stage", "gain a request", Direction::lower,
     "Dual value at lambda less the estimated gain of the logged requests: what any other choice under the budget "
     "could "
     "gain more, by the same estimates, at most.",
     "DCAF, arXiv 2006.09684"},
    {"gain_r2", "stage", "share", Direction::higher,
     "Of the variance over logged requests of what levels gain over the first, the share that the estimate from the "
     "older three quarters explains in the latest quarter.",
     "ours"},
    {"overshoot", "outcome", "share", Direction::lower,
     "Under allocation.control: compute above the capacity of a window, over all windows, as a share of the capacity.",
     "ours"},
    {"overshoot_fixed", "outcome", "share", Direction::lower,
     "overshoot under the same arrivals where the budget a request never changes.", "ours"},
    {"peak_load", "outcome", "share", Direction::lower,
     "Under allocation.control: compute of the dearest window over its capacity.", "ours"},
    {"peak_load_fixed", "outcome", "share", Direction::lower,
     "peak_load under the same arrivals where the budget a request never changes.", "ours"},
    {"controlled_value", "outcome", "value a request", Direction::higher,
     "Under allocation.control: true value of the page, mean over the requests of all windows.", "ours"},
    {"controlled_value_fixed", "outcome", "value a request", Direction::higher,
     "controlled_value where the budget a request never changes.", "ours"},
    // Under the load of `serving:`; every figure is a mean over independent runs of the simulation.
    {"rt_p50", "stage, outcome", "ms", Direction::lower,
     "Under load: median response time. Of a stage: from a request's coming until it goes on, in queue, at work and on "
     "the way; of the outcome: of the requests that were answered. Nearest rank. Does not apply where none was.",
     "ours"},
    {"rt_p95", "stage, outcome", "ms", Direction::lower, "As rt_p50, the 95th percentile.", "ours"},
    {"rt_p99", "stage, outcome", "ms", Direction::lower, "As rt_p50, the 99th percentile.", "ours"},
    {"wait", "stage", "ms", Direction::lower,
     "Under load: time in queue of the requests that were begun, mean over them and over channels or shards.", "ours"},
    {"worker_utilisation", "stage", "share", Direction::none,
     "Under load: busy time of the stage's workers over all their time.", "ours"},
    {"failed", "outcome", "share", Direction::lower,
     "Under load: share of the requests that were not answered by every stage within limit_ms: late, degraded or "
     "dropped.",
     "ours"},
    {"dropped", "stage, outcome", "share", Direction::lower,
     "Under load: share of all requests that got no answer, for a full queue or a time-out of the first stage; of a "
     "stage: dropped there.",
     "ours"},
    {"degraded", "outcome", "share", Direction::lower,
     "Under load: share of all requests that were answered without one stage or more, whose time-out passed: the order "
     "of the stage before went on, cut to the quota.",
     "ours"},
    {"timed_out", "stage", "share", Direction::lower,
     "Under load: share of all requests that this stage did not answer before its time-out.", "ours"},
    {"usable_qps", "outcome", "requests a second", Direction::higher,
     "Highest load at which at most 1 % of the requests fail (as `failed` counts them), by bisection to half a per "
     "cent with the same arrivals and service times at every load; 0 where an idle funnel is too slow.",
     "COLD, Section 4.1 (QPS)"},
    {"lost_by_degraded", "outcome", "value a request", Direction::lower,
     "Under load: value of the page less that of the page which the degraded request got, both true values of requests "
     "really served, averaged over all requests.",
     "ours"},
    {"lost_by_dropped", "outcome", "value a request", Direction::lower,
     "Under load: value of the pages that dropped requests did not get, averaged over all requests.", "ours"},
    // Over the days of `days:`; every figure is one number a replicate. METRIC is value, ctr (cvr, ecpm, gmv), regret,
    // joint_recall@k, STAGE.joint_recall@k, coverage, STAGE.gauc, STAGE.gauc_all or STAGE.pcoc.RND.
    {"dayN.METRIC", "days", "as METRIC", Direction::none,
     "METRIC of the Nth day served after the logs. value, ctr and regret are of the pages shown, exploration among "
     "them; joint_recall@k is the funnel's own. gauc and pcoc are on pages by popularity (gauc) or by chance "
     "(gauc_all, "
     "pcoc.RND) of that day, the same in every variant and learned from in none, scored by the versions that were live "
     "at their hour.",
     "ours"},
    {"days.METRIC", "days", "as METRIC", Direction::none, "Mean of dayN.METRIC over the days served.", "ours"},
    {"trend.METRIC", "days", "as METRIC", Direction::none, "dayN.METRIC of the last day served less that of the first.",
     "ours"},
    {"shock.METRIC", "days", "as METRIC", Direction::none,
     "Mean of dayN.METRIC over the days served that are among world.drift.shock_days.", "COLD, Section 4"},
    {"shock_drop.METRIC", "days", "as METRIC", Direction::none,
     "Mean of dayN.METRIC over the other days served less shock.METRIC.", "COLD, Section 4"},
    {"ageN.METRIC", "days", "as METRIC", Direction::none,
     "METRIC of items by days since they were listed, on the day of the request: 0, 1-2, 3-7 or 8 and more, N being "
     "the "
     "least; over all days served. share: of the items shown; ctr (cvr, ecpm, gmv): of those of this age that were "
     "shown; oracle_share@k: of the oracle's top k; joint_recall@k and STAGE.joint_recall@k: of the oracle's top k, "
     "those of this age that are still there; STAGE.auc: auc among them on the pages by popularity of dayN.STAGE.gauc. "
     "Does not apply where there are none.",
     "ours"},
    {"shownN.METRIC", "days", "as METRIC", Direction::none,
     "As ageN.METRIC, by impressions in histories and logs before the day: 0, 1-9, 10-99 or 100 and more.", "ours"},
    {"coverage", "days", "share", Direction::none, "Items shown at least once on the day over items listed on it.",
     "ours"},
    {"oracle_share@k", "days", "share", Direction::none,
     "Share of the oracle's top k that is of this age or was shown so often; see ageN.METRIC.", "ours"},
    {"share", "days", "share", Direction::none,
     "Share of the items shown that is of this age or was shown so often; see ageN.METRIC.", "ours"},
};

constexpr std::string_view kAnyMetric = "METRIC";

/// The rest of a name behind the head of such a pattern: "value" of "day2.value" for "dayN.METRIC"; empty: no match.
std::string_view behind_head(std::string_view pattern, std::string_view name) {
  std::string_view head = pattern.substr(0, pattern.size() - kAnyMetric.size() - 1);
  const bool numbered = head.ends_with("N");
  if (numbered) head.remove_suffix(1);
  if (!name.starts_with(head)) return {};
  name.remove_prefix(head.size());
  std::size_t digits = 0;
  while (digits < name.size() && name[digits] >= '0' && name[digits] <= '9') ++digits;
  if ((digits > 0) != numbered || digits >= name.size() || name[digits] != '.') return {};
  return name.substr(digits + 1);
}

/// Whether `name` is the pattern itself, or has a number, or "keep", in the place of its k or m, or a name in the place
/// of CHANNEL or STAGE.
bool matches(std::string_view pattern, std::string_view name) {
  if (name == pattern) return true;
  if (pattern.ends_with(kAnyMetric)) return !behind_head(pattern, name).empty();
  // A name of the user's choice in the place of one of these.
  const std::string_view channel = "CHANNEL";
  const std::string_view stage = "STAGE";
  if (pattern.starts_with(channel)) {
    const std::string_view end = pattern.substr(channel.size());
    return name.size() > end.size() && name.ends_with(end);
  }
  if (pattern.ends_with(stage)) {
    const std::string_view start = pattern.substr(0, pattern.size() - stage.size());
    return name.size() > start.size() && name.starts_with(start);
  }
  const std::size_t at = pattern.find('@');
  if (at == std::string_view::npos || !name.starts_with(pattern.substr(0, at + 1))) return false;
  const std::string_view number = name.substr(at + 1);
  return number == "keep" ||
         (!number.empty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

}  // namespace

std::string_view direction_name(Direction direction) {
  switch (direction) {
    case Direction::higher:
      return "higher is better";
    case Direction::lower:
      return "lower is better";
    case Direction::none:
      break;
  }
  return "neither";
}

std::span<const MetricInfo> metric_register() { return kRegister; }

const MetricInfo* find_metric(std::string_view name) {
  for (const MetricInfo& info : kRegister)
    if (matches(info.pattern, name)) return &info;
  return nullptr;
}

Direction metric_direction(std::string_view name) {
  const MetricInfo* info = find_metric(name);
  if (info == nullptr) return Direction::none;
  if (!info->pattern.ends_with(kAnyMetric) || info->pattern == name) return info->direction;
  // That of the metric behind the head, with or without its stage.
  const std::string_view metric = behind_head(info->pattern, name);
  const MetricInfo* inner = find_metric(metric);
  if (inner == nullptr) inner = find_metric(metric.substr(std::min(metric.size(), metric.find('.') + 1)));
  if (inner == nullptr || inner->pattern.ends_with(kAnyMetric)) return Direction::none;
  if (!name.starts_with("shock_drop.")) return inner->direction;
  if (inner->direction == Direction::higher) return Direction::lower;
  return inner->direction == Direction::lower ? Direction::higher : Direction::none;
}

bool is_day_metric(std::string_view name) {
  const MetricInfo* info = find_metric(name);
  return info != nullptr && info->pattern.ends_with(kAnyMetric);
}

std::vector<std::string> metric_patterns() {
  std::vector<std::string> patterns;
  for (const MetricInfo& info : kRegister) patterns.emplace_back(info.pattern);
  return patterns;
}

}  // namespace cascade
