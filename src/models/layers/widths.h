#pragma once
#include <cstddef>
#include <type_traits>

namespace cascade {

/// Calls body(width) with a number that the compiler knows for the usual embedding widths, so that loops over it
/// unroll, and with the plain number for others.
template <class Body>
void with_width(std::size_t width, Body&& body) {
  switch (width) {
    case 1:
      return body(std::integral_constant<std::size_t, 1>());
    case 4:
      return body(std::integral_constant<std::size_t, 4>());
    case 8:
      return body(std::integral_constant<std::size_t, 8>());
    case 16:
      return body(std::integral_constant<std::size_t, 16>());
    case 32:
      return body(std::integral_constant<std::size_t, 32>());
    default:
      return body(width);
  }
}

/// How many random rows ahead memory is asked for: covers its latency at a few nanoseconds a row.
inline constexpr std::size_t kPrefetchRows = 16;

/// Asks for every cache line of `count` numbers.
template <class T>
inline void prefetch(const T* numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 64 / sizeof(T)) __builtin_prefetch(numbers + i);
}

}  // namespace cascade
