#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "cost/work.h"

namespace cascade {

/// What a stage does for one request, in shapes of its own.
struct StageShape {
  enum class Kind {
    scan,     ///< inner products with every row of the table, and the best of them
    product,  ///< layers on rows that are there already, no selection
    stage     ///< of candidates: gathers their rows, an inner product or layers, the best of them
  };
  Kind kind = Kind::stage;
  std::size_t candidates = 0;       ///< of scan: rows of the table
  std::size_t dim = 0;              ///< floats of a row
  std::vector<std::size_t> layers;  ///< widths after the row; empty: an inner product with the request's vector
  std::size_t keep = 1;             ///< best ones

  std::string text() const;  ///< "800 of 240-96-48-1"
};

/// Work of that shape for one request, as models count theirs. `gathered` is the part of it that is fetched row by row.
struct StageWork {
  Work all;
  Work gathered;
};
StageWork work_of(const StageShape& shape);

/// A table of rows [rows, dim] for every dim, which stands for the features and vectors of a catalogue. Rows begin at
/// cache lines.
class ReferenceTable {
 public:
  ReferenceTable(std::size_t rows, std::size_t most_dim);
  std::size_t rows() const { return rows_; }
  const float* data() const { return values_.data(); }

 private:
  std::size_t rows_;
  AlignedVector<float> values_;
};

/// A stage as a serving system runs it for one request after the other, from this project's kernels: nothing is
/// computed ahead for items, and requests are not batched. One thread.
class ReferenceStage {
 public:
  /// REQUIRES a table that outlives it, with enough rows and room for the dim.
  ReferenceStage(StageShape shape, const ReferenceTable& table);
  ~ReferenceStage();
  const StageShape& shape() const { return shape_; }
  /// Serves request number `request`, each with candidates of its own.
  void run(std::uint64_t request);

 private:
  struct Buffers;
  StageShape shape_;
  const ReferenceTable& table_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace cascade
