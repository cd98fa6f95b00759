#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace cascade {

/// Limits the threads of everything below it in scope (oneTBB global_control). 0 means all the cores that this
/// process may use; there are never more threads than those.
class ThreadLimit {
 public:
  explicit ThreadLimit(int num_threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  int num_threads() const { return num_threads_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  int num_threads_;
};

/// Threads that loops may use here: the limit in scope.
int num_threads();

/// Calls body(begin, end) for the fixed blocks [0, block), [block, 2 block), ... of [0, n), in any order and on any
/// thread. The blocks depend on n and `block` only. An exception of a body is thrown to the caller, after the others
/// stopped. Bodies may nest calls.
void for_each_block(std::size_t n, std::size_t block,
                    const std::function<void(std::size_t begin, std::size_t end)>& body);

/// Runs independent tasks 0..n-1, each once; they may run side by side.
void for_each_task(std::size_t n, const std::function<void(std::size_t task)>& body);

/// Pairwise sum in a fixed order: the same bits whatever the threads were. O(log n) error growth.
double ordered_sum(const double* values, std::size_t n);

}  // namespace cascade
