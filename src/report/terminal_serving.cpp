#include <algorithm>

#include "base/text.h"
#include "report/format.h"
#include "report/lookup.h"
#include "report/terminal.h"

namespace cascade {
namespace {

constexpr std::size_t kVariantWidth = 19;
constexpr std::size_t kLoadCell = 15;
constexpr std::size_t kBusiest = 1 + kVariantWidth + 3 * kLoadCell;

double mean_of(const std::vector<MetricValue>& metrics, const char* name) {
  const MetricValue* metric = find_metric_value(metrics, name);
  return metric ? metric->estimate.mean : 0;
}

/// "preranking 83 %".
std::string busiest_text(const VariantResult& variant, std::size_t width, const TextStyle& style) {
  const auto busy = [](const StageResult& stage) { return mean_of(stage.metrics, "worker_utilisation"); };
  const auto most = std::max_element(variant.stages.begin(), variant.stages.end(),
                                     [&](const StageResult& a, const StageResult& b) { return busy(a) < busy(b); });
  if (most == variant.stages.end()) return "";
  const std::string share = " " + percent_text(busy(*most), 0);
  return cut_text(most->name, width - display_width(share), style) + share;
}

}  // namespace

bool is_under_load(const StudyResult& study) {
  return std::any_of(study.variants.begin(), study.variants.end(), [](const VariantResult& variant) {
    return find_metric_value(variant.outcome, "usable_qps") != nullptr;
  });
}

std::string serving_table(const StudyResult& study, const TextStyle& style) {
  const std::vector<std::pair<const char*, const char*>> columns = {
      {"rt_p50", "rt p50 ms"}, {"rt_p99", "rt p99 ms"}, {"usable_qps", "usable QPS"}};
  TextLine head(style);
  head.put(" variant", Ink::dim);
  for (std::size_t c = 0; c < columns.size(); ++c)
    head.to(1 + kVariantWidth + c * kLoadCell).put(columns[c].second, Ink::dim);
  head.to(kBusiest).put("busiest stage", Ink::dim).put_right(kTerminalWidth, "failed", Ink::dim);
  std::string out = head.str();
  for (const VariantResult& variant : study.variants) {
    const MetricValue* failed = find_metric_value(variant.outcome, "failed");
    if (failed == nullptr) continue;
    TextLine line(style);
    line.put(" " + cut_text(variant.name, kVariantWidth - 1, style), Ink::bold);
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (const MetricValue* metric = find_metric_value(variant.outcome, columns[c].first))
        line.to(1 + kVariantWidth + c * kLoadCell).put(estimate_text(metric->estimate, style.plus_minus()));
    const std::string share = percent_text(failed->estimate, style.plus_minus());
    const std::size_t room = kTerminalWidth - kBusiest - display_width(share) - 1;
    line.to(kBusiest).put(busiest_text(variant, room, style));
    line.put_right(kTerminalWidth, share, failed->estimate.mean > 0.01 ? Ink::bad : Ink::dim);
    out += line.str();

    std::vector<std::string> losses;
    for (const auto& [share_name, value_name] :
         {std::pair("dropped", "lost_by_dropped"), std::pair("degraded", "lost_by_degraded")}) {
      const MetricValue* metric = find_metric_value(variant.outcome, share_name);
      const MetricValue* value = find_metric_value(variant.outcome, value_name);
      if (metric && value && metric->estimate.mean > 0)
        losses.push_back(percent_text(metric->estimate, style.plus_minus()) + " " + share_name + ": value " +
                         estimate_text(value->estimate, style.plus_minus()) + " a request lost");
    }
    if (!losses.empty())
      out += TextLine(style)
                 .put("   ")
                 .put(cut_text(join(losses, style.glyph(" · ", ", ")), kTerminalWidth - 3, style), Ink::dim)
                 .str();
  }
  const VariantResult& base = study.variants[0];
  const std::string load = "at " + get_setting(base, "serving.qps") +
                           " requests a second; usable: at most 1 % fail, with a limit of " +
                           get_setting(base, "serving.limit_ms") + " ms";
  return out + TextLine(style).put(" " + cut_text(load, kTerminalWidth - 1, style), Ink::dim).str();
}

}  // namespace cascade
