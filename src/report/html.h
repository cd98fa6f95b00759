#pragma once
#include <span>
#include <string>

#include "report/findings.h"
#include "study/result.h"

namespace cascade {

/// report.html: the study as one page to look at. It needs nothing besides itself (no network, fonts or scripts from
/// elsewhere), is well-formed XML as well as HTML, follows the reader's light or dark scheme, and prints. Everything
/// can be read without its few lines of script, which only sort tables. Every text of the scenario is escaped. Same
/// study, same bytes.
std::string html_report(const StudyResult& study, std::span<const Finding> findings);

}  // namespace cascade
