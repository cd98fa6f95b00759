#pragma once
#include <cstdint>
#include <span>

namespace cascade {

/// What a stream of random numbers is for. A new purpose gets a new number at the end: no draw ever moves another.
enum class Stream : std::uint32_t {
  item_category = 1, item_shop, item_price, item_latent, item_quality, item_bid, item_popularity, item_content,
  user_segment, user_profile, user_activity, user_latent, user_category_affinity, user_shop_affinity, user_price,
  category_latent, segment_latent, shop_quality, history, request, log_exposure, log_click, log_dwell, log_convert,
  intent, model_init, train_shuffle, arm_random, arm_noise, bootstrap, test, replicate, cross_taste
};

/// Counter-based random numbers (Philox4x32-10, Salmon et al., SC 2011). A generator is named by (seed, stream, a, b)
/// and is cheap to make: draws of one entity depend on nothing but its name. All distributions use our own
/// arithmetic (base/real.h), so the bits do not change with the C library or the CPU.
class Rng {
 public:
  Rng(std::uint64_t seed, Stream stream, std::uint64_t a = 0, std::uint32_t b = 0);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  double uniform();                         ///< in the open interval (0, 1), 53 bits
  double uniform(double lo, double hi);     ///< in (lo, hi)
  std::uint32_t below(std::uint32_t n);     ///< 0..n-1 without bias. REQUIRES n > 0
  double normal();                          ///< N(0, 1), by the inverse of its distribution function
  double exponential();                     ///< mean 1
  bool bernoulli(double p);                 ///< true with probability p
  std::uint32_t poisson(double mean);       ///< mean up to 1e4
  void shuffle(std::span<std::uint32_t> values);  ///< Fisher-Yates

 private:
  void refill();
  std::uint32_t key_[2];
  std::uint32_t counter_[4];
  std::uint32_t block_[4];
  int used_ = 4;
};

/// A seed derived from a seed: independent worlds, re-initialised models.
std::uint64_t derive_seed(std::uint64_t seed, Stream stream, std::uint64_t index);

/// A uniform number in (0, 1) that depends on its arguments only; what common random numbers are made of.
double hashed_uniform(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b);
double hashed_normal(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b);

}  // namespace cascade
