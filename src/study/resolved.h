#pragma once
#include <string>

#include "study/study.h"

namespace cascade {

/// The scenario file that runs exactly these points: the baseline with every default and part in it, and every point
/// that differs from it as a variant that sets what differs. It needs no configs/, its own changes are not in need of
/// what the original left out, and loading it gives the same points again.
std::string resolved_text(const ScenarioFile& file, const std::vector<StudyPoint>& points);

}  // namespace cascade
