#include "stages/recall/exact_inner_product.h"

#include "base/top_k.h"

namespace cascade {

void ExactInnerProductParams::fields(config::FieldVisitor& v) {
  v.field("model", model, "inner-product model whose item vectors are scanned", config::Need::required);
}

ExactInnerProductStage::ExactInnerProductStage(const ExactInnerProductParams& params, const StageResources& resources)
    : store_(resources.store()), scorer_(resources.inner_product_model(params.model)) {
  const Matrix<float>& vectors = scorer_.item_vectors();
  items_ = PackedMatrix::pack_transposed(vectors.data(), vectors.rows(), vectors.cols(), vectors.cols());
}

void ExactInnerProductStage::run(std::span<const Request> requests, const CandidateBlock* in, std::size_t quota,
                                 CandidateBlock& out) const {
  CASCADE_CHECK(in == nullptr, "recall reads the catalogue");
  const auto dim = static_cast<std::size_t>(scorer_.dim());
  Matrix<float> users(requests.size(), dim);
  for (std::size_t r = 0; r < requests.size(); ++r) scorer_.user_vector(store_, requests[r].user, users.row(r));
  std::vector<std::vector<ScoredItem>> best(requests.size());
  top_k_products(users.data(), requests.size(), dim, items_, quota, {}, best);
  out.assign(requests.size(), {});
  for (std::size_t r = 0; r < requests.size(); ++r) {
    for (const ScoredItem& s : best[r]) {
      out[r].items.push_back(s.item);
      out[r].scores.push_back(s.score);
    }
  }
}

ScorerWork ExactInnerProductStage::work() const {
  const double dim = scorer_.dim();
  const double n = store_.num_items();
  ScorerWork work = scorer_.work();
  work.per_request += Work{n, 2 * dim * n, 4 * dim * n};
  work.per_candidate = {};
  return work;
}

StageEntry exact_inner_product_stage() {
  StageEntry entry;
  entry.name = "exact_inner_product";
  entry.summary = "Recall by an exact scan of all item vectors of an inner-product model.";
  entry.make_parameters = [] { return std::make_unique<config::ParametersOf<ExactInnerProductParams>>(); };
  entry.maker.place = StagePlace::recall;
  entry.maker.make = [](const config::Parameters& p, const StageResources& resources) -> std::unique_ptr<Stage> {
    return std::make_unique<ExactInnerProductStage>(config::parameters_as<ExactInnerProductParams>(p), resources);
  };
  entry.maker.models = [](const config::Parameters& p) -> std::vector<ModelUse> {
    return {{"model", config::parameters_as<ExactInnerProductParams>(p).model, "", true}};
  };
  return entry;
}

}  // namespace cascade
