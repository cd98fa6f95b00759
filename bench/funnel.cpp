// A whole funnel, end to end: for each of 10 000 users the 10 best of 100 000 items by truth, 1000 items recalled by
// inner product, cut to 100 by an MLP and to 10 by a wider one, and how many of the 10 best are left after each stage.
// bench/peers/funnel_torch.py does the same job in PyTorch. The networks are not trained: their first two hidden units
// carry the score that their inputs allow, the rest of every layer is random and comes out multiplied by 0. So the
// work is that of any network of these widths, and the recalls mean something.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/top_k.h"

namespace cascade {
namespace {

constexpr std::size_t kUsers = 10'000;
constexpr std::size_t kItems = 100'000;
constexpr std::size_t kDim = 64;
constexpr std::size_t kSide = 8;  ///< side features of a user and of an item
constexpr std::size_t kRecalled = 1000;
constexpr std::size_t kPreranked = 100;
constexpr std::size_t kShown = 10;
constexpr std::size_t kBlock = 64;  ///< users served together
constexpr std::size_t kAhead = 8;   ///< candidates whose columns are fetched ahead
constexpr double kScale = 0.125;    ///< 1 / sqrt(kDim)

using Floats = Matrix<float>;

Floats random_matrix(std::size_t rows, std::size_t cols, std::uint64_t name, double scale = 1) {
  Floats x(rows, cols);
  for_each_block(rows, 1024, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      Rng rng(1, Stream::test, name, static_cast<std::uint32_t>(r));
      for (float& value : x.row(r)) value = static_cast<float>(scale * rng.normal());
    }
  });
  return x;
}

/// What is left of a truth after noise: the views that two-tower and fine ranker have of the vectors.
Floats noisy(const Floats& truth, std::uint64_t name, double noise) {
  Floats x = random_matrix(truth.rows(), truth.cols(), name, noise);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += truth.data()[i];
  return x;
}

/// Blocks of columns, side by side.
Floats beside(const std::vector<const Floats*>& parts) {
  std::size_t cols = 0;
  for (const Floats* part : parts) cols += part->cols();
  Floats x(parts[0]->rows(), cols);
  std::size_t first = 0;
  for (const Floats* part : parts) {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      std::copy(part->row(r).begin(), part->row(r).end(), x.row(r).begin() + static_cast<std::ptrdiff_t>(first));
    }
    first += part->cols();
  }
  return x;
}

/// [kScale * vectors, bias]: with queries [vector, 1] the product is the score.
PackedMatrix scored_items(const Floats& vectors, const Floats& bias) {
  Floats x = beside({&vectors, &bias});
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t j = 0; j < kDim; ++j) x(r, j) *= static_cast<float>(kScale);
  }
  return PackedMatrix::pack_transposed(x.data(), x.rows(), x.cols(), x.cols());
}

/// The vectors of one pair: user and item side, which the first layer also sees multiplied.
struct View {
  const Floats* users;  ///< [kUsers, kDim]
  const Floats* items;  ///< [kItems, kDim]
};

/// An MLP on [for every view: u, v, u * v; user side; item side] -> widths -> 1 with relu. The first layer is linear
/// in the item's own columns once the user is known: one matrix a user, and no pair feature is ever written.
class Ranker {
 public:
  /// `score_view` is the view whose product, with the item's bias (column `bias_column` of item_side), is the score.
  Ranker(std::vector<View> views, const Floats* user_side, const Floats* item_side, std::size_t bias_column,
         std::size_t score_view, const std::vector<std::size_t>& widths, std::uint64_t name)
      : views_(std::move(views)), user_side_(user_side) {
    std::vector<const Floats*> parts;
    for (const View& view : views_) parts.push_back(view.items);
    parts.push_back(item_side);
    item_columns_ = beside(parts);

    const std::size_t width = widths[0];
    for (std::size_t i = 0; i < views_.size(); ++i) {
      of_users_.push_back(first_weights(kDim, width, name + 4 * i));
      of_items_.push_back(first_weights(kDim, width, name + 4 * i + 1));
      of_products_.push_back(first_weights(kDim, width, name + 4 * i + 2));
    }
    of_user_side_ = first_weights(user_side != nullptr ? kSide : 0, width, name + 40);
    of_item_side_ = first_weights(kSide, width, name + 41);
    for (std::size_t unit = 0; unit < 2; ++unit) {  // score and minus score: relu loses nothing of the pair
      const float sign = unit == 0 ? 1.0f : -1.0f;
      for (std::size_t j = 0; j < kDim; ++j) of_products_[score_view](j, unit) = sign * static_cast<float>(kScale);
      of_item_side_(bias_column, unit) = sign;
    }
    for (std::size_t layer = 0; layer < widths.size(); ++layer) {
      const bool last = layer + 1 == widths.size();
      Floats w = first_weights(widths[layer], last ? 1 : widths[layer + 1], name + 50 + layer);
      for (std::size_t r = 0; r < w.rows(); ++r) {
        if (last) w(r, 0) = r == 0 ? 1.0f : r == 1 ? -1.0f : 0.0f;
      }
      for (std::size_t unit = 0; unit < 2 && !last; ++unit) w(unit, unit) = 1;
      layers_.push_back(PackedMatrix::pack(w.data(), w.rows(), w.cols(), w.cols()));
    }
  }

  /// Buffers of one thread.
  struct Scratch {
    Floats first;         ///< [item columns, width]: the first layer of one user
    PackedMatrix packed;  ///< the same, packed
    std::vector<float> constant;
    Floats input, output;  ///< of a layer, [candidates, width]
  };

  /// Writes the scores of the user's candidates.
  void score(std::size_t user, const std::vector<ItemId>& candidates, Scratch& scratch,
             std::vector<float>& scores) const {
    fold(user, scratch);
    const std::size_t m = candidates.size();
    const std::size_t columns = item_columns_.cols();
    Floats* input = &scratch.input;
    Floats* output = &scratch.output;
    input->resize(m, columns);
    for (std::size_t i = 0; i < m; ++i) {
      if (i + kAhead < m) {
        const float* row = item_columns_.row(candidates[i + kAhead]).data();
        for (std::size_t j = 0; j < columns; j += 16) __builtin_prefetch(row + j);
      }
      std::copy_n(item_columns_.row(candidates[i]).data(), columns, input->row(i).data());
    }
    output->resize(m, scratch.packed.n());
    multiply(input->data(), m, columns, scratch.packed, output->data(), output->cols(),
             {.bias = scratch.constant.data(), .relu = true, .accumulate = false});
    for (const PackedMatrix& layer : layers_) {
      std::swap(input, output);
      const bool last = &layer == &layers_.back();
      output->resize(m, layer.n());
      multiply(input->data(), m, layer.k(), layer, output->data(), layer.n(),
               {.bias = nullptr, .relu = !last, .accumulate = false});
    }
    scores.assign(output->values().begin(), output->values().end());
  }

 private:
  /// Random, except that nothing random reaches units 0 and 1.
  static Floats first_weights(std::size_t rows, std::size_t cols, std::uint64_t name) {
    Floats w = random_matrix(rows, cols, name, std::sqrt(2.0 / static_cast<double>(rows + 1)));
    for (std::size_t r = 0; r < rows; ++r) std::fill_n(w.row(r).data(), std::min<std::size_t>(2, cols), 0.0f);
    return w;
  }

  void fold(std::size_t user, Scratch& scratch) const {
    const std::size_t width = of_item_side_.cols();
    scratch.first.resize(item_columns_.cols(), width);
    scratch.constant.assign(width, 0.0f);
    std::size_t row = 0;
    for (std::size_t i = 0; i < views_.size(); ++i) {
      const float* u = views_[i].users->row(user).data();
      for (std::size_t j = 0; j < kDim; ++j, ++row) {
        const float* item = of_items_[i].row(j).data();
        const float* product = of_products_[i].row(j).data();
        const float* constant = of_users_[i].row(j).data();
        float* to = scratch.first.row(row).data();
        for (std::size_t x = 0; x < width; ++x) to[x] = item[x] + u[j] * product[x];
        for (std::size_t x = 0; x < width; ++x) scratch.constant[x] += u[j] * constant[x];
      }
    }
    for (std::size_t j = 0; j < kSide; ++j, ++row)
      std::copy_n(of_item_side_.row(j).data(), width, scratch.first.row(row).data());
    for (std::size_t j = 0; j < of_user_side_.rows(); ++j) {
      for (std::size_t x = 0; x < width; ++x) scratch.constant[x] += (*user_side_)(user, j) * of_user_side_(j, x);
    }
    scratch.packed.repack(scratch.first.data(), scratch.first.rows(), width, width);
  }

  std::vector<View> views_;
  const Floats* user_side_;  ///< [kUsers, kSide] or null
  Floats item_columns_;      ///< [kItems, columns]: of every view v, then the item's side features
  std::vector<Floats> of_users_, of_items_, of_products_;  ///< of every view, [kDim, width]
  Floats of_user_side_, of_item_side_;                     ///< [kSide, width]
  std::vector<PackedMatrix> layers_;                       ///< the second and on
};

struct Job {
  Floats user_truth = random_matrix(kUsers, kDim, 1);
  Floats item_truth = random_matrix(kItems, kDim, 2);
  Floats bias = random_matrix(kItems, 1, 3, 0.3);
  Floats noisy_bias = noisy(bias, 4, 0.3);
  Floats user_coarse = noisy(user_truth, 5, 0.5);
  Floats item_coarse = noisy(item_truth, 6, 0.5);
  Floats user_fine = noisy(user_truth, 7, 0.15);
  Floats item_fine = noisy(item_truth, 8, 0.15);
  Floats user_side = random_matrix(kUsers, kSide, 9);
  Floats item_side = beside_bias();
  PackedMatrix true_items = scored_items(item_truth, bias);
  PackedMatrix coarse_items = scored_items(item_coarse, noisy_bias);
  Ranker prerank{{{&user_coarse, &item_coarse}}, nullptr, &item_side, 1, 0, {128, 64, 32}, 100};
  Ranker fine{
      {{&user_coarse, &item_coarse}, {&user_fine, &item_fine}}, &user_side, &item_side, 0, 1, {512, 256, 128}, 200};

 private:
  Floats beside_bias() const {
    const Floats rest = random_matrix(kItems, kSide - 2, 10);
    return beside({&bias, &noisy_bias, &rest});
  }
};

using Hits = std::array<double, 3>;  ///< of the best by truth, after recall, preranking and ranking

Floats queries(const Floats& users, std::size_t begin, std::size_t end) {
  Floats x(end - begin, kDim + 1, 1.0f);
  for (std::size_t r = 0; r < x.rows(); ++r) std::copy_n(users.row(begin + r).data(), kDim, x.row(r).data());
  return x;
}

double count_hits(const std::vector<ScoredItem>& best, const std::vector<ItemId>& kept) {
  double hits = 0;
  for (const ScoredItem& b : best) hits += std::find(kept.begin(), kept.end(), b.item) != kept.end() ? 1 : 0;
  return hits;
}

void keep(const std::vector<std::uint32_t>& positions, std::vector<ItemId>& items) {
  std::vector<ItemId> kept;
  for (std::uint32_t position : positions) kept.push_back(items[position]);
  items = std::move(kept);
}

Hits serve(const Job& job, std::size_t begin, std::size_t end) {
  const std::size_t n = end - begin;
  std::vector<std::vector<ScoredItem>> best(n);
  std::vector<std::vector<ScoredItem>> recalled(n);
  const Floats true_users = queries(job.user_truth, begin, end);
  const Floats coarse_users = queries(job.user_coarse, begin, end);
  top_k_products(true_users.data(), n, kDim + 1, job.true_items, kShown, {}, best);
  top_k_products(coarse_users.data(), n, kDim + 1, job.coarse_items, kRecalled, {}, recalled);

  Hits hits{};
  Ranker::Scratch scratch;
  std::vector<float> scores;
  std::vector<std::uint32_t> positions;
  std::vector<ItemId> items;
  for (std::size_t i = 0; i < n; ++i) {
    items.clear();
    for (const ScoredItem& r : recalled[i]) items.push_back(r.item);
    hits[0] += count_hits(best[i], items);
    job.prerank.score(begin + i, items, scratch, scores);
    top_positions(scores, items, kPreranked, positions);
    keep(positions, items);
    hits[1] += count_hits(best[i], items);
    job.fine.score(begin + i, items, scratch, scores);
    top_positions(scores, items, kShown, positions);
    keep(positions, items);
    hits[2] += count_hits(best[i], items);
  }
  return hits;
}

void bench_funnel(benchmark::State& state, int num_threads) {
  const Job job;
  const ThreadLimit limit(num_threads);
  Hits total{};
  for (auto _ : state) {
    std::vector<Hits> hits(kUsers / kBlock + 1);
    for_each_block(kUsers, kBlock,
                   [&](std::size_t begin, std::size_t end) { hits[begin / kBlock] = serve(job, begin, end); });
    for (const Hits& h : hits) {
      for (std::size_t i = 0; i < h.size(); ++i) total[i] += h[i];
    }
  }
  const double users = static_cast<double>(kUsers) * static_cast<double>(state.iterations());
  state.counters["users/s"] = benchmark::Counter(users, benchmark::Counter::kIsRate);
  const std::array<const char*, 3> names = {"recall_1000", "recall_100", "recall_10"};
  for (std::size_t i = 0; i < names.size(); ++i) state.counters[names[i]] = total[i] / (users * kShown);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace
}  // namespace cascade

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (int threads : {1, 2}) {
    benchmark::RegisterBenchmark(("funnel/threads" + std::to_string(threads)).c_str(), cascade::bench_funnel, threads)
        ->Iterations(1)
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
