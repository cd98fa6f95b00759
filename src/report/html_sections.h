#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "report/expectations.h"
#include "report/findings.h"
#include "report/text_line.h"
#include "study/result.h"

namespace cascade {

// The sections of report.html: the markup below each heading, or "" where the study has nothing of the kind.

std::string findings_markup(std::span<const Finding> findings);
std::string expectations_markup(std::span<const ExpectationResult> expectations);
/// Chief metrics of every variant, with the paired gaps to the baseline drawn as whiskers.
std::string variants_markup(const StudyResult& study);
/// Value, recall and value per compute over the swept setting.
std::string sweep_markup(const StudyResult& study);
/// Each variant's funnel: candidates, what is left of the oracle's items, compute.
std::string funnels_markup(const StudyResult& study);
/// From the oracle's page down to the variant's, stage by stage.
std::string regret_markup(const StudyResult& study);
/// What the page is worth with chance or the oracle in place of one stage.
std::string headroom_markup(const StudyResult& study);
std::string cost_markup(const StudyResult& study);
/// The figure "value over compute"; "" where fewer than two variants have both.
std::string value_over_compute(const StudyResult& study);
std::string serving_markup(const StudyResult& study);
std::string models_markup(const StudyResult& study);
std::string world_markup(const StudyResult& study);
std::string settings_markup(const StudyResult& study);
std::string metrics_markup(const StudyResult& study);
/// What each metric of the study means.
std::string definitions_markup(const StudyResult& study);

// What they share.

/// Width of a picture that fits two to a row.
inline constexpr double kFigureWidth = 590;
/// How names and signs of the page are written.
inline constexpr TextStyle kPageText{true, false};

/// One figure a variant; of many variants only the first are open.
std::string figures(const StudyResult& study, const std::function<std::string(const VariantResult&)>& draw);
std::string figure(std::string_view caption, std::string_view markup);
/// Class of the nth of several lines or bars: "s0" ... "s7", then again.
std::string series_class(std::size_t n);
/// "@10" of the smallest k; "" where there is none.
std::string smallest_at(const StudyResult& study);

/// The style sheet.
std::string_view html_style();
/// Sorts tables and opens what is folded for the printer.
std::string_view html_script();

}  // namespace cascade
