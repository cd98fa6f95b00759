#pragma once
#include <string>
#include <vector>

#include "models/two_tower.h"

namespace cascade {

/// Vector-product Wide&Deep: pre-ranking between the third generation and the fourth.
struct WideTwoTowerParams : TwoTowerParams {
  std::vector<std::string> wide = {"cross"};
  double wide_init = 0.01;  ///< s.d. of the initial weights of the linear part
  void fields(config::FieldVisitor& v) {
    TwoTowerParams::fields(v);
    v.field("wide", wide, "cross groups of the linear part, or `cross` for all of them");
    v.field("wide_init", wide_init, "standard deviation of the initial weights of the linear part",
            config::between(0, 1));
  }
  /// Groups of the towers and of the linear part.
  std::vector<std::string> names() const;
};

/// Logit of the two towers + sum over the cross groups of the weight of the group's value (COLD, arXiv 2007.16122,
/// Fig. 2 and Section 2; Wide & Deep as Cheng et al., DLRS 2016). At serving the user's vector is computed for the
/// request and the linear part for every candidate; item vectors are precomputed, as those of the towers alone. With
/// weights of zero it is that two-tower, bit for bit. Throws InputError for groups of another side.
template <class T>
std::unique_ptr<Learnable<T>> make_wide_two_tower(const WideTwoTowerParams& params, const FeatureStore& store,
                                                  std::uint64_t seed);

}  // namespace cascade
