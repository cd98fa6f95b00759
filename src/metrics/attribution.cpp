#include "metrics/attribution.h"

#include <bit>

#include "base/errors.h"

namespace cascade {

std::vector<double> shapley(std::span<const double> worth) {
  const std::size_t coalitions = worth.size();
  CASCADE_CHECK(coalitions >= 2 && coalitions <= (1U << 16) && std::has_single_bit(coalitions),
                "a worth for every coalition of 1 to 16 players");
  const auto n = static_cast<std::size_t>(std::countr_zero(coalitions));
  // share[s] = s! (n - s - 1)! / n!: the share of orders in which exactly a given s players came before.
  std::vector<double> share(n, 1.0 / static_cast<double>(n));
  for (std::size_t s = 1; s < n; ++s) share[s] = share[s - 1] * static_cast<double>(s) / static_cast<double>(n - s);
  std::vector<double> value(n, 0.0);
  for (std::size_t coalition = 0; coalition < coalitions; ++coalition) {
    const auto size = static_cast<std::size_t>(std::popcount(coalition));
    for (std::size_t j = 0; j < n; ++j)
      if (((coalition >> j) & 1U) == 0)
        value[j] += share[size] * (worth[coalition | (std::size_t{1} << j)] - worth[coalition]);
  }
  return value;
}

}  // namespace cascade
