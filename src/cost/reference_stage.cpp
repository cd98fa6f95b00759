#include "cost/reference_stage.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/errors.h"
#include "base/product.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/top_k.h"

namespace cascade {

namespace {

constexpr std::size_t kRequests = 64;  ///< different ones, so that no candidates are in the caches from the last time

double floats(double n) { return n * static_cast<double>(sizeof(float)); }

/// Any numbers around 0: products of them neither grow nor vanish.
void fill(std::span<float> values, std::uint64_t name) {
  std::uint64_t state = 0x9e3779b97f4a7c15ULL * (name + 1);
  for (float& value : values) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    value = static_cast<float>(static_cast<std::int32_t>(state >> 33)) * 0x1p-31f - 0.5f;
  }
}

std::vector<float> some_values(std::size_t n, std::uint64_t name) {
  std::vector<float> values(n);
  fill(values, name);
  return values;
}

/// Floats from one row to the next: whole cache lines.
std::size_t stride_of(std::size_t dim) {
  constexpr std::size_t kLine = 16;
  return (dim + kLine - 1) / kLine * kLine;
}

}  // namespace

std::string StageShape::text() const {
  std::string widths = std::to_string(dim);
  for (const std::size_t width : layers) widths += "-" + std::to_string(width);
  switch (kind) {
    case Kind::scan:
      return "scan of " + std::to_string(candidates) + " x " + widths;
    case Kind::product:
      return "product " + std::to_string(candidates) + " x " + widths;
    case Kind::stage:
      break;
  }
  return std::to_string(candidates) + (layers.empty() ? " by inner products of " : " by network ") + widths;
}

StageWork work_of(const StageShape& shape) {
  const auto n = static_cast<double>(shape.candidates);
  StageWork work;
  const double rows = n * floats(static_cast<double>(shape.dim));
  if (shape.kind == StageShape::Kind::stage) work.gathered = {n, 0, rows};
  work.all = work.gathered;
  work.all.items = n;
  if (shape.kind == StageShape::Kind::scan) work.all.bytes += rows;
  double weights = 0;
  std::size_t width = shape.dim;
  for (const std::size_t next : shape.layers) {
    weights += static_cast<double>(width * next);
    width = next;
  }
  if (shape.layers.empty()) weights = static_cast<double>(shape.dim);
  work.all.flops += 2 * n * weights;
  work.all.bytes += floats(weights);
  return work;
}

ReferenceTable::ReferenceTable(std::size_t rows, std::size_t most_dim)
    : rows_(rows), values_(rows * stride_of(most_dim)) {
  fill(values_, 0);
}

struct ReferenceStage::Buffers {
  std::vector<float> queries;                   ///< [kRequests, dim]
  std::vector<std::vector<ItemId>> items;       ///< [kRequests][candidates]
  std::vector<PackedMatrix> weights;            ///< by layer
  PackedMatrix packed;                          ///< of a scan
  std::vector<std::vector<float>> activations;  ///< [layers + 1][candidates, width]
  std::vector<float> scores;                    ///< [candidates]
  std::vector<std::uint32_t> best;
  std::vector<std::vector<ScoredItem>> scanned{1};
};

ReferenceStage::ReferenceStage(StageShape shape, const ReferenceTable& table)
    : shape_(std::move(shape)), table_(table), buffers_(std::make_unique<Buffers>()) {
  Buffers& b = *buffers_;
  const std::size_t n = shape_.candidates;
  b.queries = some_values(kRequests * shape_.dim, 1);
  if (shape_.kind == StageShape::Kind::scan) {
    CASCADE_CHECK(n <= table.rows(), "a scan is of rows that there are");
    b.packed = PackedMatrix::pack_transposed(table.data(), n, shape_.dim, stride_of(shape_.dim));
    return;
  }
  Rng rng(1, Stream::test);
  b.items.assign(kRequests, std::vector<ItemId>(n));
  for (auto& request : b.items)
    for (ItemId& item : request) item = static_cast<ItemId>(rng.below(static_cast<std::uint32_t>(table.rows())));
  b.activations.push_back(some_values(n * shape_.dim, 2));
  std::size_t width = shape_.dim;
  for (const std::size_t next : shape_.layers) {
    const std::vector<float> weights = some_values(width * next, 3);
    b.weights.push_back(PackedMatrix::pack(weights.data(), width, next, next));
    b.activations.emplace_back(n * next);
    width = next;
  }
  b.scores = some_values(n, 4);
}

ReferenceStage::~ReferenceStage() = default;

void ReferenceStage::run(std::uint64_t request) {
  Buffers& b = *buffers_;
  const std::size_t n = shape_.candidates;
  const std::size_t dim = shape_.dim;
  const std::size_t r = request % kRequests;
  const float* query = b.queries.data() + r * dim;
  if (shape_.kind == StageShape::Kind::scan) {
    top_k_products(query, 1, dim, b.packed, shape_.keep, {}, b.scanned);
    return;
  }
  if (shape_.kind == StageShape::Kind::stage) {
    float* to = b.activations[0].data();
    const std::size_t stride = stride_of(dim);
    for (std::size_t k = 0; k < n; ++k, to += dim)
      std::memcpy(to, table_.data() + static_cast<std::size_t>(b.items[r][k]) * stride, dim * sizeof(float));
  }
  std::size_t width = dim;
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    Epilogue epilogue;
    epilogue.relu = l + 1 < shape_.layers.size();
    multiply(b.activations[l].data(), n, width, b.weights[l], b.activations[l + 1].data(), shape_.layers[l], epilogue);
    width = shape_.layers[l];
  }
  if (shape_.kind == StageShape::Kind::product) return;
  for (std::size_t k = 0; k < n; ++k)
    b.scores[k] =
        shape_.layers.empty() ? dot(query, b.activations[0].data() + k * dim, dim) : b.activations.back()[k * width];
  top_positions(b.scores, b.items[r], shape_.keep, b.best);
}

}  // namespace cascade
