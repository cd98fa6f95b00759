#include "base/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <optional>

#include "base/errors.h"

#ifdef CASCADE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace cascade {
namespace {

// oneTBB is not instrumented, so the thread sanitizer has to be told what a loop orders: the caller's past before every
// task, and every task before the caller's future. Nothing in other builds.
class LoopOrder {
 public:
  LoopOrder() { release(&start_); }
  ~LoopOrder() { acquire(&end_); }
  LoopOrder(const LoopOrder&) = delete;
  LoopOrder& operator=(const LoopOrder&) = delete;

  class Task {
   public:
    explicit Task(LoopOrder& loop) : loop_(loop) { acquire(&loop_.start_); }
    ~Task() { release(&loop_.end_); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

   private:
    LoopOrder& loop_;
  };

 private:
#ifdef CASCADE_THREAD_SANITIZER
  static void release(char* place) { __tsan_release(place); }
  static void acquire(char* place) { __tsan_acquire(place); }
#else
  static void release(char*) {}
  static void acquire(char*) {}
#endif
  char start_ = 0;
  char end_ = 0;
};

}  // namespace

struct ThreadLimit::Impl {
  std::optional<tbb::global_control> control;
};

ThreadLimit::ThreadLimit(int num_threads) : impl_(std::make_unique<Impl>()), num_threads_(num_threads) {
  CASCADE_CHECK(num_threads >= 0, "a number of threads is not negative");
  const int num_cores = tbb::info::default_concurrency();
  if (num_threads == 0 || num_threads > num_cores) num_threads_ = num_cores;
  impl_->control.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(num_threads_));
}

ThreadLimit::~ThreadLimit() = default;

int num_threads() {
  return static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

void for_each_task(std::size_t n, const std::function<void(std::size_t task)>& body) {
  if (n == 0) return;
  if (n == 1) return body(0);
  // Isolated: a thread that waits for inner tasks takes no outer task meanwhile, which would find the thread's
  // scratch memory in use.
  LoopOrder order;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, n, 1),
        [&](const tbb::blocked_range<std::size_t>& tasks) {
          const LoopOrder::Task ordered(order);
          for (std::size_t task = tasks.begin(); task < tasks.end(); ++task) body(task);
        },
        tbb::simple_partitioner());
  });
}

void for_each_block(std::size_t n, std::size_t block,
                    const std::function<void(std::size_t begin, std::size_t end)>& body) {
  CASCADE_CHECK(block > 0, "blocks hold at least one element");
  const std::size_t num_blocks = n / block + (n % block != 0 ? 1 : 0);
  for_each_task(num_blocks, [&](std::size_t i) { body(i * block, std::min(n, (i + 1) * block)); });
}

double ordered_sum(const double* values, std::size_t n) {
  constexpr std::size_t kPlain = 32;
  if (n <= kPlain) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += values[i];
    return sum;
  }
  const std::size_t half = n / 2;
  return ordered_sum(values, half) + ordered_sum(values + half, n - half);
}

}  // namespace cascade
