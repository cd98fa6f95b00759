#pragma once

namespace cascade {

/// Counted work, never timed. FLOPs count a multiply-add as two.
struct Work {
  double items = 0;  ///< candidates scored
  double flops = 0;
  double bytes = 0;       ///< read from memory: vectors, embeddings, weights once a request
  double half_flops = 0;  ///< those of `flops` that are done in half precision
  Work& operator+=(const Work& o) {
    items += o.items;
    flops += o.flops;
    bytes += o.bytes;
    half_flops += o.half_flops;
    return *this;
  }
};
inline Work operator+(Work a, const Work& b) { return a += b; }
inline Work operator*(double n, const Work& w) { return {n * w.items, n * w.flops, n * w.bytes, n * w.half_flops}; }

/// Work of a scorer, split by how often it is done.
struct ScorerWork {
  Work per_request;    ///< user side: once a request
  Work per_candidate;  ///< items = 1
  Work index_build;    ///< precomputed item vectors: once a model version, not charged at serving
};

}  // namespace cascade
