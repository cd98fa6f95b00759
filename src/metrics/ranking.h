#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "base/ids.h"

namespace cascade {

/// What a measure returns where it does not apply (an empty list, a single class, a constant score).
inline constexpr double kDoesNotApply = std::numeric_limits<double>::quiet_NaN();

/// Number of ids that two lists share. Neither list names an id twice; the order does not matter.
std::size_t intersection_size(std::span<const ItemId> a, std::span<const ItemId> b);

/// |a n b| / |b|: the share of `b` that `a` covers. Does not apply to an empty `b`.
double overlap(std::span<const ItemId> a, std::span<const ItemId> b);

/// Share of the m items that scorer b ranks highest which scorer a ranks among its m highest too, both over the same
/// candidates; ties by lower item id. m is cut to the number of candidates. Does not apply to no candidates or m = 0.
double overlap_top(std::span<const float> scores_a, std::span<const float> scores_b, std::span<const ItemId> items,
                   std::size_t m);

/// Area under the ROC curve: the probability that a positive scores above a negative, a tie counting one half
/// (Mann-Whitney). Labels are 0 or not 0. Does not apply to a single class.
double auc(std::span<const float> scores, std::span<const std::uint8_t> labels);

/// Grouped AUC of COLD (Section 4.1): sum_u imp_u AUC_u / sum_u imp_u, imp_u being the user's rows.
struct GroupedAuc {
  double value = kDoesNotApply;  ///< does not apply where no user has both classes
  std::size_t users = 0;         ///< users with both classes; the weights are renormalised over their rows alone
  std::size_t skipped = 0;       ///< users with a single class, who have no AUC
};
GroupedAuc gauc(std::span<const float> scores, std::span<const std::uint8_t> labels, std::span<const UserId> users);

/// Kendall's tau-b of two scores over the same items: (concordant - discordant) pairs over the geometric mean of the
/// pairs not tied in a and not tied in b. O(n log n) (Knight, JASA 1966). Does not apply to fewer than two items or
/// where either score is constant.
double kendall_tau_b(std::span<const float> a, std::span<const float> b);

/// Normalised discounted cumulative gain at m: items in the order of `scores` (ties by lower item id), linear gain,
/// discount 1 / log2(rank + 1), over the same sum in the order of the gains. REQUIRES gains >= 0. m is cut to the
/// number of items. Does not apply to no items, m = 0 or where every gain is 0.
double ndcg(std::span<const float> scores, std::span<const double> gains, std::span<const ItemId> items, std::size_t m);

/// Predicted over observed: sum of predicted probabilities / sum of observed labels (0 or not 0). 1 is calibrated,
/// above 1 over-predicts. Does not apply without a positive.
double pcoc(std::span<const double> predicted, std::span<const std::uint8_t> observed);

/// 1 - value / oracle_value. Does not apply where the oracle's page is worth nothing.
double regret(double value, double oracle_value);

}  // namespace cascade
