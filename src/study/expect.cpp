#include "study/expect.h"

namespace cascade {

void Expectation::fields(config::FieldVisitor& v) {
  v.field("metric", metric, "metric that is compared", config::Need::required);
  v.field("of", of, "variant whose metric it is", config::Need::required);
  v.field("stage", stage, "stage whose metric it is; empty: the outcome");
  v.text_or_number("above", above, "variant or number that it must exceed");
  v.text_or_number("below", below, "variant or number that it must stay under");
  v.text_or_number("near", near, "variant or number that it must be near, within `tolerance` or `standard_errors`");
  v.field("other_stage", other_stage, "stage of the other variant where it is not `stage`");
  v.field("tolerance", tolerance, "near: largest distance allowed", config::at_least(0));
  v.field("standard_errors", standard_errors,
          "near: largest distance allowed, in standard errors; above and below: the mean gap must exceed so many",
          config::at_least(0));
  v.field("by", by, "above and below: the mean gap must exceed this", config::at_least(0));
  v.field("confidence", confidence, "above and below: one-sided confidence that the gap is not 0",
          config::between(0, 0.999999));
  v.field("sign_share", sign_share, "above and below: share of replicates in which the sign must come out",
          config::between(0, 1));
  v.field("beyond_rerun", beyond_rerun, "above and below: the gap must exceed the re-run noise (evaluate.reruns)");
}

}  // namespace cascade
