#pragma once
#include <span>
#include <string>
#include <vector>

#include "cost/work.h"
#include "data/feature_store.h"

namespace cascade {

/// Groups that `names` (groups or sides) stand for, in schema order. Throws InputError for an unknown name and for an
/// empty selection; `kind` is the model's, for the text.
std::vector<int> select_groups(const FeatureSchema& schema, std::span<const std::string> names,
                               const std::string& kind);

/// The selected groups of one side.
std::vector<int> groups_of(const FeatureSchema& schema, std::span<const int> groups, Side side);

/// Throws InputError if a group is privileged: such a model can be trained and can teach, but not serve.
void require_servable(const FeatureSchema& schema, std::span<const int> groups, const std::string& kind);

/// Logit of the click rate in the histories counted by the store ((clicks + 1) / (impressions + 2)): what models
/// start their bias from, so that embeddings need not learn it.
double base_logit(const FeatureStore& store);

/// Counted work of the groups of `side` for one entity: computing the features, reading `width` floats a value,
/// pooling.
Work feature_work(const FeatureSchema& schema, std::span<const int> groups, Side side, std::size_t width);

/// Bytes of `count` floats.
inline double float_bytes(double count) { return 4.0 * count; }

}  // namespace cascade
