#pragma once

namespace cascade {

/// Elementary functions of our own where bits matter: glibc's exp and log change bits with library and CPU. Only
/// IEEE basic operations (compiled without contraction) and sqrt are used; accurate to about 2 ulp
/// (the quantile and logit: 6).
double exact_exp(double x);
double exact_log(double x);              ///< REQUIRES x > 0
double exact_log1p(double x);            ///< log(1 + x). REQUIRES x > -1
double exact_normal_quantile(double p);  ///< inverse of the standard normal distribution function, 0 < p < 1
double normal_cdf(double x);             ///< relative error below 1e-14, in the tails too
double sigmoid(double logit);            ///< 1 / (1 + e^-x), no overflow
double logit(double probability);        ///< REQUIRES 0 < probability < 1
double softplus(double x);               ///< log(1 + e^x), no overflow

struct SigmoidSoftplus {
  double sigmoid;
  double softplus;
};
SigmoidSoftplus sigmoid_softplus(double x);  ///< both, to the same bits, for little more than one of them

}  // namespace cascade
