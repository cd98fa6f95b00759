#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace cascade {

/// What a stream of random numbers is for. A new purpose gets a new number at the end: no draw ever moves another.
// clang-format off
enum class Stream : std::uint32_t {
  item_category = 1, item_shop, item_price, item_latent, item_quality, item_bid, item_popularity, item_content,
  user_segment, user_profile, user_activity, user_latent, user_category_affinity, user_shop_affinity, user_price,
  category_latent, segment_latent, shop_quality, history, request, log_exposure, log_click, log_dwell, log_convert,
  intent, model_init, train_shuffle, arm_random, arm_noise, bootstrap, test, replicate, whim
};
// clang-format on

/// Counter-based random numbers (Philox4x32-10, Salmon et al., SC 2011). A generator is named by (seed, stream, a, b)
/// and is cheap to make: draws of one entity depend on nothing but its name. All distributions use our own
/// arithmetic (base/real.h), so the bits do not change with the C library or the CPU. A generator yields 2^34 words
/// of 32 bits before it repeats.
class Rng {
 public:
  Rng(std::uint64_t seed, Stream stream, std::uint64_t a = 0, std::uint32_t b = 0);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  double uniform();                               ///< in the open interval (0, 1): the middles of 2^52 equal parts
  double uniform(double lo, double hi);           ///< in (lo, hi), up to rounding
  std::uint32_t below(std::uint32_t n);           ///< 0..n-1 without bias. REQUIRES n > 0
  double normal();                                ///< N(0, 1), by the inverse of its distribution function
  double exponential();                           ///< mean 1
  bool bernoulli(double p);                       ///< true with probability p
  std::uint32_t poisson(double mean);             ///< O(mean). REQUIRES 0 <= mean <= 1e4
  void shuffle(std::span<std::uint32_t> values);  ///< Fisher-Yates

 private:
  void refill();
  std::array<std::uint32_t, 2> key_;      // seed and stream, mixed
  std::array<std::uint32_t, 4> counter_;  // number of the block, b, a (low word first)
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// One block of Philox4x32 with ten rounds.
std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A seed derived from a seed: independent worlds, re-initialised models.
std::uint64_t derive_seed(std::uint64_t seed, Stream stream, std::uint64_t index);

/// A uniform number in (0, 1) that depends on its arguments only; what common random numbers are made of. The first
/// draw of the generator of that name.
double hashed_uniform(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b);
double hashed_normal(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint32_t b);

}  // namespace cascade
