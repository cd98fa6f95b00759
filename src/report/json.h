#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/findings.h"
#include "study/result.h"

namespace cascade {

inline constexpr std::string_view kReportSchema = "cascade-report/1";

/// report.json. The order of everything is that of the study, numbers are the shortest text that reads back as the
/// same double, and what does not apply or is not finite is null. The request tables are not in it: see csv.h.
std::string report_json(const StudyResult& study, std::span<const Finding> findings);

struct ReportFile {
  StudyResult study;  ///< without request tables
  std::vector<Finding> findings;
};

/// Reads report.json back. Throws InputError with the place and what is wrong; text above 256 MiB, nesting above 16
/// levels and other schemas are refused. `name` is what errors call the file.
ReportFile read_report_json(std::string_view text, std::string_view name = "report.json");

/// JSON Schema (2020-12) of report.json: `cascade schema report`.
std::string_view report_json_schema();

}  // namespace cascade
