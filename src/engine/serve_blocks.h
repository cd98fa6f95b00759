#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/matrix.h"
#include "engine/progress.h"
#include "engine/work_exchange.h"

namespace cascade {

/// Rows of an array that has one a request, or one of each of the first requests.
struct RequestRows {
  char* first = nullptr;
  std::size_t bytes = 0;  ///< of a row
  std::size_t rows = 0;
};

template <class T>
RequestRows rows_of(Matrix<T>& matrix) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<char*>(matrix.data()), sizeof(T) * matrix.cols(), matrix.rows()};
}

template <class T>
RequestRows rows_of(std::vector<T>& list) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<char*>(list.data()), sizeof(T), list.size()};
}

/// How requests are shared with others; not at all without an exchange.
struct SharedRequests {
  SharedWork work;
  std::string name;  ///< of these requests and all that is measured of them
};

/// Calls serve(begin, end) for blocks of kRequestBlock out of `requests`, side by side. It writes these requests' rows
/// of the arrays, and nothing else that is used afterwards. Where the work is shared, others serve some of the blocks;
/// afterwards the arrays are complete, except where this process only helps. Tells progress.
void serve_blocks(const SharedRequests& shared, std::size_t requests, std::span<const RequestRows> rows,
                  const RunProgress& progress, const std::function<void(std::size_t begin, std::size_t end)>& serve);

}  // namespace cascade
