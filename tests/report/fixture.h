#pragma once
#include <string>
#include <vector>

#include "study/result.h"

namespace cascade::test {

/// What the made-up study of the tests is like. Every figure follows from a walk of each request's oracle items through
/// the funnel with common random numbers, so that identities hold (lost + joint recall = 1, pairing by request).
struct FixtureVariant {
  std::string name;
  std::string kind = "two_tower";  ///< of the pre-ranking stage
  std::string model = "towers";
  double preranking_keep = 300;
  double survive_preranking = 0.6;  ///< chance of an oracle item that came in to pass pre-ranking
  double gauc = 0.66;               ///< of pre-ranking; replicates scatter around it
  double flops_per_item = 200;      ///< of pre-ranking
};

struct FixtureOptions {
  int replicates = 5;
  int requests = 60;
  double rerun_sd = 0.004;
  double budget_us = 0;  ///< of pre-ranking; 0: none
};

/// A study "made_up" of three stages recall, preranking, ranking with truth_at 10 and 50.
StudyResult made_up_study(const std::vector<FixtureVariant>& variants, const FixtureOptions& options = {});

/// Three variants: two-tower (baseline), distilled, COLD.
StudyResult three_variants(const FixtureOptions& options = {});

/// Two variants x seven quotas of pre-ranking, called "two-tower keep=50", ...
StudyResult quota_sweep();

}  // namespace cascade::test
