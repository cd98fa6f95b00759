#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/optimum.h"

namespace cascade {

namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kCost = 10;    // the cost ends here
constexpr std::size_t kValue = 12;   // the objective begins here
constexpr std::size_t kGap = 30;     // what it is behind
constexpr std::size_t kFunnel = 51;  // the stages
constexpr std::size_t kMostRows = 24;

class OptimumText {
 public:
  OptimumText(const OptimizeResult& result, const TextStyle& style) : r_(result), style_(style) {}

  std::string text() {
    title();
    chosen();
    front();
    budgets();
    steps();
    load();
    confidence();
    return std::move(out_);
  }

 private:
  void heading(const std::string& text, const std::string& aside) {
    TextLine line(style_);
    line.put(text, Ink::bold);
    if (!aside.empty()) line.put("  ").put(aside, Ink::dim);
    if (line.width() + 1 < kWidth) line.put(" ").repeat(style_.glyph("─", "-"), kWidth - line.width() - 1, Ink::dim);
    out_ += "\n" + line.str();
  }

  void bullet(const std::string& text, Ink ink) {
    bool first = true;
    for (const std::string& part : wrap_text(text, kWidth - 4)) {
      out_ += TextLine(style_).put(first ? style_.glyph(" • ", " * ") : "   ", ink).put(part).str();
      first = false;
    }
  }

  std::string unit() const { return r_.cost == "flops" ? " FLOPs" : " us"; }
  std::string number(const Estimate& e) const { return estimate_text(e, style_.plus_minus()); }

  /// "2000 -> cold cold 200 -> 10": quotas, and the settings that differ among the funnels tried.
  std::string funnel_text(std::size_t t) const {
    std::string text;
    const TriedFunnel& tried = r_.tried[t];
    for (std::size_t j = 0; j < tried.stages.size(); ++j) {
      if (j > 0) text += style_.glyph(" → ", " > ");
      const bool differs = std::any_of(r_.tried.begin(), r_.tried.end(), [&](const TriedFunnel& other) {
        return other.stages[j].setting != tried.stages[j].setting;
      });
      if (differs) text += tried.stages[j].setting + " ";
      text += std::to_string(tried.stages[j].keep);
    }
    return text;
  }

  std::string halves() const {
    if (r_.final_requests == 0) return ": the even ones choose, the odd ones judge";
    return "; " + std::to_string(r_.final_requests) + " more: the even ones choose, the odd ones judge";
  }

  void title() {
    out_ += TextLine(style_)
                .put(r_.scenario, Ink::bold)
                .put("  seed " + std::to_string(r_.seed) + ", " + std::to_string(r_.replicates) +
                         (r_.replicates == 1 ? " replicate, " : " replicates, ") + std::to_string(r_.requests) +
                         " requests" + halves(),
                     Ink::dim)
                .str();
    for (const std::string& line : wrap_text(r_.question, kWidth))
      if (!line.empty()) out_ += TextLine(style_).put(line).str();
    std::string how = std::to_string(r_.tried.size()) + " of " + short_number(r_.possible) + " funnels tried, ";
    how += r_.exhaustive ? "all there are" : "by local search in " + std::to_string(r_.rounds) + " rounds";
    if (r_.final_requests > 0) how += ", " + std::to_string(r_.finalists) + " in the finals";
    for (const auto& [name, limit] : r_.limits) how += "; " + name + " " + short_number(limit);
    out_ += TextLine(style_).put(how, Ink::dim).str();
  }

  void chosen() {
    heading("THE CHOICE", r_.objective + (r_.less_is_better ? ", less is better" : ""));
    const TriedFunnel& tried = r_.tried[r_.chosen.funnel];
    for (const TriedFunnel::Stage& stage : tried.stages) {
      TextLine line(style_);
      line.put(" " + stage.name, Ink::bold).to(20).put("keep " + std::to_string(stage.keep));
      out_ += line.to(34).put(stage.setting, Ink::dim).str();
    }
    TextLine line(style_);
    line.put(" " + r_.objective + " " + number(r_.chosen.judged), Ink::good);
    line.put("  on held-out requests; " + short_number(tried.compute_us) + " us of compute, " +
             short_number(tried.latency_us) + " us of latency, " + short_number(tried.flops) + " FLOPs");
    out_ += line.str();
  }

  void table_head(const std::string& first) {
    TextLine head(style_);
    head.put_right(kCost, first, Ink::dim).to(kValue).put(r_.objective, Ink::dim);
    out_ += head.to(kGap).put("the choice is better by", Ink::dim).to(kFunnel + 3).put("funnel", Ink::dim).str();
  }

  void row(double cost, const JudgedFunnel& funnel) {
    TextLine line(style_);
    line.put_right(kCost, short_number(cost)).to(kValue).put(number(funnel.judged));
    if (funnel.funnel == r_.chosen.funnel)
      line.to(kGap).put(style_.glyph("★ the choice", "* the choice"), Ink::good);
    else
      line.to(kGap).put(gap_text(funnel.gap, style_.plus_minus()), funnel.gap.lo > 0   ? Ink::plain
                                                                   : funnel.gap.hi < 0 ? Ink::good
                                                                                       : Ink::dim);
    line.to(kFunnel + 3)
        .put(cut_text(funnel_text(funnel.funnel), kWidth - kFunnel - 3, style_),
             r_.tried[funnel.funnel].allowed ? Ink::plain : Ink::dim);
    out_ += line.str();
  }

  void front() {
    heading("THE FRONT", r_.objective + " over " + r_.cost + ": none is as good for less");
    table_head(r_.cost);
    // A long front is thinned at even distances; the choice stays.
    const std::size_t n = r_.front.size();
    const std::size_t every = (n + kMostRows - 1) / kMostRows;
    for (std::size_t i = 0; i < n; ++i)
      if (i % every == 0 || i + 1 == n || r_.front[i].funnel == r_.chosen.funnel)
        row(r_.tried[r_.front[i].funnel].cost, r_.front[i]);
    if (every > 1)
      out_ += TextLine(style_)
                  .put(" of " + std::to_string(n) + " members, thinned; all are in optimize.json", Ink::dim)
                  .str();
  }

  void budgets() {
    if (r_.budgets.empty()) return;
    heading("BUDGETS", "the best funnel that keeps each");
    table_head("budget");
    for (const auto& [level, best] : r_.budgets) row(level, best);
  }

  void steps() {
    if (r_.steps.empty()) return;
    heading("THE NEXT UNIT OF BUDGET", "one step more of one quota, all else as chosen");
    for (const QuotaStep& step : r_.steps) {
      TextLine line(style_);
      line.put(" " + step.stage, Ink::bold).to(20);
      if (!step.known) {
        const bool last = step.to == 0;
        out_ +=
            line.put(std::to_string(step.from) + (last ? ": no larger quota can be chosen" : ": not tried"), Ink::dim)
                .str();
        continue;
      }
      line.put(std::to_string(step.from)).put(style_.glyph(" → ", " > ")).put(std::to_string(step.to));
      line.to(36).put(gap_text(step.gain, style_.plus_minus()), step.gain.lo > 0 ? Ink::good : Ink::dim);
      line.to(54).put("for " + short_number(step.cost) + unit());
      if (step.gain_a_unit.n > 0) {
        const double per = r_.cost == "flops" ? 1e6 : 1000;
        Estimate each = step.gain_a_unit;
        each = {per * each.mean, per * each.lo, per * each.hi, each.n};
        line.to(72).put(gap_text(each, style_.plus_minus()) + (r_.cost == "flops" ? " / MFLOP" : " / ms"));
      }
      out_ += line.str();
    }
  }

  void load() {
    if (r_.loaded.empty()) return;
    heading("UNDER LOAD", "the best of the front, simulated");
    for (const LoadedFunnel& loaded : r_.loaded) {
      TextLine line(style_);
      line.put_right(kCost, short_number(r_.tried[loaded.funnel].cost)).to(kValue);
      line.put("p99 " + short_number(loaded.p99_ms) + " ms").to(kGap).put(short_number(loaded.usable_qps) + " QPS");
      line.to(kFunnel - 8).put(loaded.passes ? "keeps" : "passes", loaded.passes ? Ink::good : Ink::bad);
      out_ += line.to(kFunnel + 3).put(cut_text(funnel_text(loaded.funnel), kWidth - kFunnel - 3, style_)).str();
    }
  }

  void confidence() {
    heading("HOW SURE", "intervals of 95 % over requests, by the bootstrap, paired");
    const std::string pm(style_.plus_minus());
    bullet("the requests that chose it give it " + short_number(r_.chosen_by) + ", the others " +
               number(r_.chosen.judged) + "; choosing and judging by the same requests would have added " +
               short_number(r_.optimism) + ".",
           Ink::accent);
    if (!r_.neighbours.empty()) {
      const auto ties = std::count_if(r_.neighbours.begin(), r_.neighbours.end(),
                                      [](const JudgedFunnel& near) { return near.gap.lo <= 0; });
      if (r_.within_noise)
        bullet("within noise of " + std::to_string(ties) + " of its " + std::to_string(r_.neighbours.size()) +
                   " neighbours within the limits: which of them is best cannot be told from these requests.",
               Ink::warn);
      else
        bullet("better than each of its " + std::to_string(r_.neighbours.size()) + " neighbours, beyond noise.",
               Ink::good);
    }
    if (r_.has_cheaper) {
      const TriedFunnel& cheap = r_.tried[r_.cheaper.funnel];
      bullet("the cheapest funnel that cannot be told from it: " + funnel_text(r_.cheaper.funnel) + ", at " +
                 percent_text(cheap.cost / r_.tried[r_.chosen.funnel].cost, 0) +
                 " of the cost; the choice is better by " + gap_text(r_.cheaper.gap, pm) + ".",
             Ink::accent);
    }
    if (r_.random_funnels > 0)
      bullet("of " + std::to_string(r_.random_funnels) +
                 " funnels drawn by chance within the same limits the best is " +
                 (r_.random.funnel == r_.chosen.funnel
                      ? std::string("the same one")
                      : funnel_text(r_.random.funnel) + "; the choice is better by " + gap_text(r_.random.gap, pm)) +
                 ".",
             r_.random.gap.lo > 0 ? Ink::good : Ink::accent);
  }

  const OptimizeResult& r_;
  const TextStyle& style_;
  std::string out_;
};

}  // namespace

std::string optimum_terminal(const OptimizeResult& result, const TextStyle& style) {
  return OptimumText(result, style).text();
}

}  // namespace cascade
