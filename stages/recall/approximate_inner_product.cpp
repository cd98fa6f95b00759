#include "stages/recall/approximate_inner_product.h"

#define NO_MANUAL_VECTORIZATION  // the distance is our own: its bits do not change with the CPU
#include <hnswlib/hnswlib.h>

#include <algorithm>

#include "base/product.h"
#include "base/rng.h"
#include "base/top_k.h"

namespace cascade {

void ApproximateInnerProductParams::fields(config::FieldVisitor& v) {
  v.field("model", model, "inner-product model whose item vectors are searched", config::Need::required);
  v.field("links", links, "links of an item in the graph", config::between(2, 256));
  v.field("build_width", build_width, "items in view while the graph is built", config::between(1, 10000));
  v.field("search_width", search_width, "items in view during a search, and the most that it gives",
          config::between(1, 1e6));
  v.field("measured_users", measured_users, "users whose searches are compared with the exact scan",
          config::between(1, 1e6));
}

namespace {

/// What the distance is told: how many numbers a vector has, and where distances are counted.
struct Dimension {
  std::size_t width;
  mutable double computed = 0;
};

float distance(const void* a, const void* b, const void* dimension) {
  return -dot(static_cast<const float*>(a), static_cast<const float*>(b),
              static_cast<const Dimension*>(dimension)->width);
}

/// For one thread only.
float counted_distance(const void* a, const void* b, const void* dimension) {
  ++static_cast<const Dimension*>(dimension)->computed;
  return distance(a, b, dimension);
}

class VectorSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit VectorSpace(Dimension& dimension) : dimension_(dimension) {}
  std::size_t get_data_size() override { return dimension_.width * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return counted_distance; }
  void* get_dist_func_param() override { return &dimension_; }

 private:
  Dimension& dimension_;
};

}  // namespace

struct ApproximateInnerProductStage::Graph {
  Graph(std::size_t width, std::size_t items, const ApproximateInnerProductParams& params)
      : dimension{width},
        space(dimension),
        index(&space, items, static_cast<std::size_t>(params.links), static_cast<std::size_t>(params.build_width)),
        most(static_cast<std::size_t>(params.search_width)) {
    index.setEf(most);
  }

  /// Levels are ours: the index draws none where its factor is 0. Vectors that are all the same, an untrained model's,
  /// need no graph, and would take the longest to build one.
  void build(const Matrix<float>& vectors) {
    common.assign(dimension.width, 0.0F);
    if (vectors.rows() > 0) std::copy(vectors.row(0).begin(), vectors.row(0).end(), common.begin());
    bool same = true;
    for (std::size_t i = 1; same && i < vectors.rows(); ++i)
      same = std::equal(vectors.row(i).begin(), vectors.row(i).end(), common.begin());
    if (same) return;
    const double factor = index.mult_;
    index.mult_ = 0;
    std::vector<float> padded(dimension.width, 0.0F);
    for (std::size_t i = 0; i < vectors.rows(); ++i) {
      std::copy(vectors.row(i).begin(), vectors.row(i).end(), padded.begin());
      const double level = Rng(0, Stream::model_init, i).exponential() * factor;
      index.addPoint(padded.data(), i, static_cast<int>(level));
    }
  }

  CandidateList search(const std::vector<float>& user, std::size_t quota) const {
    if (index.cur_element_count == 0) return first_items(user, quota);
    auto nearest = index.searchKnn(user.data(), std::min(quota, most));
    CandidateList found;
    std::vector<float> scores;
    for (; !nearest.empty(); nearest.pop()) {
      found.items.push_back(static_cast<ItemId>(nearest.top().second));
      scores.push_back(-nearest.top().first);
    }
    return keep_best(found, scores, quota);
  }

  /// All the same: the lowest ids.
  CandidateList first_items(const std::vector<float>& user, std::size_t quota) const {
    CandidateList first;
    for (std::size_t i = 0; i < std::min({quota, most, index.max_elements_}); ++i) {
      first.items.push_back(static_cast<ItemId>(i));
      first.scores.push_back(dot(user.data(), common.data(), dimension.width));
    }
    return first;
  }

  Dimension dimension;
  VectorSpace space;
  hnswlib::HierarchicalNSW<float> index;
  std::size_t most;
  std::vector<float> common;  ///< the vector of every item, where they are all the same and the index is empty
};

ApproximateInnerProductStage::ApproximateInnerProductStage(const ApproximateInnerProductParams& params,
                                                           const StageResources& resources)
    : store_(resources.store()), scorer_(resources.inner_product_model(params.model)) {
  const Matrix<float>& vectors = scorer_.item_vectors();
  // An odd number of floats puts what the index stores behind them on a multiple of eight bytes.
  graph_ = std::make_unique<Graph>(vectors.cols() | 1U, vectors.rows(), params);
  graph_->build(vectors);
  double& computed = graph_->dimension.computed;
  build_distances_ = computed;
  computed = 0;
  const std::uint64_t users = store_.num_users();
  const std::uint64_t measured = std::min<std::uint64_t>(users, static_cast<std::uint64_t>(params.measured_users));
  for (std::uint64_t k = 0; k < measured; ++k) {
    measured_.push_back(static_cast<UserId>(k * users / measured));
    graph_->search(user_vector(measured_.back()), graph_->most);
  }
  search_distances_ = measured == 0 ? 0 : computed / static_cast<double>(measured);
  // Without a graph, what a scan would compute: no less than a graph's searches.
  if (graph_->index.cur_element_count == 0) search_distances_ = static_cast<double>(vectors.rows());
  graph_->index.fstdistfunc_ = distance;  // from here on by many threads
}

ApproximateInnerProductStage::~ApproximateInnerProductStage() = default;

std::vector<float> ApproximateInnerProductStage::user_vector(UserId user) const {
  std::vector<float> vector(graph_->dimension.width, 0.0F);
  scorer_.user_vector(store_, user, std::span(vector).first(static_cast<std::size_t>(scorer_.dim())));
  return vector;
}

void ApproximateInnerProductStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                                       CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  out.resize(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) out[r] = graph_->search(user_vector(requests[r].user), quota);
}

ScorerWork ApproximateInnerProductStage::work() const {
  const double dim = scorer_.dim();
  ScorerWork work = scorer_.work();
  work.per_request += Work{search_distances_, 2 * dim * search_distances_, 4 * dim * search_distances_};
  work.per_candidate = {};
  work.index_build += Work{0, 2 * dim * build_distances_, 4 * dim * build_distances_};
  return work;
}

std::vector<std::pair<std::string, double>> ApproximateInnerProductStage::facts(std::size_t quota) const {
  const Matrix<float>& vectors = scorer_.item_vectors();
  const auto dim = static_cast<std::size_t>(scorer_.dim());
  const PackedMatrix items = PackedMatrix::pack_transposed(vectors.data(), vectors.rows(), dim, dim);
  double found = 0;
  double wanted = 0;
  for (const UserId user : measured_) {
    const std::vector<float> query = user_vector(user);
    std::vector<std::vector<ScoredItem>> best(1);
    top_k_products(query.data(), 1, dim, items, quota, {}, best);
    CandidateList near = graph_->search(query, quota);
    std::sort(near.items.begin(), near.items.end());
    wanted += static_cast<double>(best[0].size());
    for (const ScoredItem& s : best[0])
      found += std::binary_search(near.items.begin(), near.items.end(), s.item) ? 1 : 0;
  }
  return {{"exact_recall", wanted == 0 ? 1 : found / wanted}};
}

StageEntry approximate_inner_product_stage() {
  StageEntry entry;
  entry.name = "approximate_inner_product";
  entry.summary = "Recall by a navigable graph of an inner-product model's item vectors, measured against the scan.";
  entry.source = "HNSW, Malkov, Yashunin, TPAMI 2020; by hnswlib";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<ApproximateInnerProductParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<ApproximateInnerProductStage>(config::parameters_as<ApproximateInnerProductParams>(p),
                                                          resources);
  };
  entry.maker.models = [](const config::Parameters& p) -> std::vector<ModelUse> {
    return {{"model", config::parameters_as<ApproximateInnerProductParams>(p).model, "", true}};
  };
  return entry;
}

}  // namespace cascade
