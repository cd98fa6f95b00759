#pragma once
#include <cstdint>

namespace cascade {

using UserId = std::uint32_t;
using ItemId = std::uint32_t;

/// Requests are served, scored and recalled in blocks of this many. A constant, so that neither the number of
/// threads nor the scheduling can change a result.
inline constexpr int kRequestBlock = 64;

/// One visit of a user that asks for a page of items.
struct Request {
  std::uint64_t index = 0;  ///< counts the requests of one sample; keys the random draws
  UserId user = 0;
  int day = 0;
  int hour = 0;  ///< 0..23
};

}  // namespace cascade
