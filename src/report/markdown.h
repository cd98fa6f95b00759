#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/findings.h"
#include "study/result.h"

namespace cascade {

/// The report as Markdown: title and question, the findings as a list, the baseline's funnel as a table, the variants
/// with the chief metrics and their paired gaps to the baseline, and every metric of every variant. Names are escaped.
std::string markdown_report(const StudyResult& study, std::span<const Finding> findings);

/// Text that Markdown shows as it is, also inside a table.
std::string markdown_text(std::string_view text);

/// A table; every row has as many cells as the head. Cells are Markdown already.
std::string markdown_table(std::span<const std::string> head, std::span<const std::vector<std::string>> rows);

}  // namespace cascade
