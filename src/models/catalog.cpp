#include "models/catalog.h"

#include "models/cold.h"
#include "models/deep_mlp.h"
#include "models/din.h"
#include "models/lambda_mart.h"
#include "models/logistic.h"
#include "models/multi_task.h"
#include "models/play_rate.h"
#include "models/statistic.h"
#include "models/two_tower.h"
#include "models/wide_two_tower.h"

namespace cascade {
namespace {

using config::CatalogEntry;
using config::Parameters;
using config::parameters_as;
using config::ParametersOf;

/// Entry of a kind whose struct has fields() and names(), and which `make` can make in both precisions.
template <class Struct, class Make>
CatalogEntry<ModelMaker> learnable_entry(std::string name, std::string summary, std::string source, Make make) {
  CatalogEntry<ModelMaker> entry;
  entry.name = std::move(name);
  entry.summary = std::move(summary);
  entry.source = std::move(source);
  entry.make_parameters = [] { return std::make_unique<ParametersOf<Struct>>(); };
  entry.maker.make = [make](const Parameters& p, const FeatureStore& store, std::uint64_t seed) {
    return make(float(), parameters_as<Struct>(p), store, seed);
  };
  entry.maker.make_double = [make](const Parameters& p, const FeatureStore& store, std::uint64_t seed) {
    return make(double(), parameters_as<Struct>(p), store, seed);
  };
  entry.maker.features = [](const Parameters& p) { return parameters_as<Struct>(p).names(); };
  entry.maker.embedding_width = [](const Parameters& p) {
    if constexpr (requires(const Struct& s) { s.embedding_dim; })
      return parameters_as<Struct>(p).embedding_dim;
    else
      return 1;  // a weight a value
  };
  if constexpr (requires(const Struct& s) { s.prune; })
    entry.maker.prunes = [](const Parameters& p) { return parameters_as<Struct>(p).prune.share > 0; };
  return entry;
}

CatalogEntry<ModelMaker> statistic() {
  CatalogEntry<ModelMaker> entry;
  entry.name = "statistic";
  entry.summary = "smoothed click rate of the item, the same for every user";
  entry.source = "COLD, arXiv 2007.16122, Fig. 2, first generation";
  entry.make_parameters = [] { return std::make_unique<ParametersOf<StatisticParams>>(); };
  entry.maker.fit = [](const Parameters& p, const FeatureStore& store, const LogTable& log) {
    return fit_statistic(parameters_as<StatisticParams>(p), store, log);
  };
  entry.maker.features = [](const Parameters&) { return std::vector<std::string>(); };
  return entry;
}

CatalogEntry<ModelMaker> play_rate() {
  CatalogEntry<ModelMaker> entry;
  entry.name = "play_rate";
  entry.summary = "real-time play rate: the item's click rate in the logs, older days counting less";
  entry.source = "set selection by real-time play rate; the formula is ours";
  entry.make_parameters = [] { return std::make_unique<ParametersOf<PlayRateParams>>(); };
  entry.maker.fit = [](const Parameters& p, const FeatureStore& store, const LogTable& log) {
    return fit_play_rate(parameters_as<PlayRateParams>(p), store, log);
  };
  entry.maker.features = [](const Parameters&) { return std::vector<std::string>(); };
  return entry;
}

CatalogEntry<ModelMaker> logistic() {
  return learnable_entry<LogisticParams>("logistic", "logistic regression, one weight a feature value",
                                         "COLD, arXiv 2007.16122, Fig. 2, second generation",
                                         []<class T>(T, const LogisticParams& p, const FeatureStore& store,
                                                     std::uint64_t seed) { return make_logistic<T>(p, store, seed); });
}

CatalogEntry<ModelMaker> two_tower() {
  auto entry = learnable_entry<TwoTowerParams>(
      "two_tower", "inner product of a user and an item network, item vectors precomputed",
      "COLD, arXiv 2007.16122, Fig. 2, third generation; PFD, KDD 2020, Section 5.1",
      []<class T>(T, const TwoTowerParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_two_tower<T>(p, store, seed);
      });
  entry.maker.inner_product = true;
  return entry;
}

CatalogEntry<ModelMaker> wide_two_tower() {
  return learnable_entry<WideTwoTowerParams>(
      "wide_two_tower", "inner product of a user and an item network, and a linear term on cross features",
      "COLD, arXiv 2007.16122, Fig. 2, between the third and the fourth generation",
      []<class T>(T, const WideTwoTowerParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_wide_two_tower<T>(p, store, seed);
      });
}

CatalogEntry<ModelMaker> cold() {
  auto entry = learnable_entry<ColdParams>(
      "cold", "embeddings of user, item and cross groups, or the best of them, through one network (GwEN)",
      "COLD, arXiv 2007.16122, Section 3",
      []<class T>(T, const ColdParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_gwen<T>("cold", p, store, seed);
      });
  entry.maker.selector = [](const Parameters& p, const FeatureStore& store, std::uint64_t seed) {
    const auto& cold = parameters_as<ColdParams>(p);
    return cold.selection.select_groups == 0
               ? nullptr
               : std::make_unique<GroupSelector>("cold", cold, cold.selection, store, seed);
  };
  entry.maker.other_names = [](const Parameters& p) { return parameters_as<ColdParams>(p).selection.select_from; };
  return entry;
}

CatalogEntry<ModelMaker> deep_mlp() {
  return learnable_entry<DeepMlpParams>(
      "deep_mlp", "fine ranker: a wide GwEN on all groups, with user-item products", "ours, on GwEN of DIN, KDD 2018",
      []<class T>(T, const DeepMlpParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_gwen<T>("deep_mlp", p, store, seed);
      });
}

CatalogEntry<ModelMaker> lambda_mart() {
  CatalogEntry<ModelMaker> entry;
  entry.name = "lambda_mart";
  entry.summary = "LambdaMART: boosted trees that learn the order inside the logged lists, by XGBoost";
  entry.source = "Burges, From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82";
  entry.make_parameters = [] { return std::make_unique<ParametersOf<LambdaMartParams>>(); };
  entry.maker.fit = [](const Parameters& p, const FeatureStore& store, const LogTable& log) {
    return fit_lambda_mart(parameters_as<LambdaMartParams>(p), store, log);
  };
  entry.maker.to_bytes = lambda_mart_bytes;
  entry.maker.from_bytes = [](const Parameters& p, const FeatureStore& store, std::string_view bytes) {
    return lambda_mart_of(parameters_as<LambdaMartParams>(p), store, bytes);
  };
  entry.maker.features = [](const Parameters& p) { return parameters_as<LambdaMartParams>(p).names(); };
  return entry;
}

CatalogEntry<ModelMaker> din() {
  auto entry = learnable_entry<DinParams>(
      "din", "fine ranker: deep_mlp with an attention over the user's latest clicks", "DIN, KDD 2018, Section 4.3",
      []<class T>(T, const DinParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_din<T>("din", p, p.sequence, store, seed);
      });
  entry.maker.features = [](const Parameters& p) {
    const auto& din = parameters_as<DinParams>(p);
    std::vector<std::string> names = din.names();
    names.insert(names.end(), din.sequence.behaviour_groups.begin(), din.sequence.behaviour_groups.end());
    return names;
  };
  return entry;
}

CatalogEntry<ModelMaker> multi_task() {
  auto entry = learnable_entry<MultiTaskParams>(
      "multi_task", "clicks and conversions from one network: experts that a gate a task mixes (MMoE)",
      "MMoE, Ma et al., KDD 2018, Section 4",
      []<class T>(T, const MultiTaskParams& p, const FeatureStore& store, std::uint64_t seed) {
        return make_multi_task<T>(p, store, seed);
      });
  entry.maker.heads = [](const Parameters& p, const FeatureSchema& schema) {
    return task_heads(parameters_as<MultiTaskParams>(p), schema);
  };
  entry.maker.task_weight = [](const Parameters& p) { return parameters_as<MultiTaskParams>(p).task_weight; };
  return entry;
}

}  // namespace

const config::Catalog<ModelMaker>& model_catalog() {
  static const config::Catalog<ModelMaker> kCatalog({statistic(), logistic(), two_tower(), wide_two_tower(), cold(),
                                                     deep_mlp(), din(), multi_task(), play_rate(), lambda_mart()});
  return kCatalog;
}

}  // namespace cascade
