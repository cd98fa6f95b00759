// The same networks, gradients and optimiser steps in PyTorch: parameters and batches go out as text, the script
// judges.
#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>

#include "base/text.h"
#include "models/din.h"
#include "models/layers/feature_embedding.h"
#include "models/two_tower.h"
#include "tests/models/toy_data.h"
#include "tests/tools/python.h"
#include "train/optimizer.h"

namespace cascade {
namespace {

constexpr std::size_t kBatch = 30;
constexpr int kSteps = 4;
constexpr std::size_t kBehaviours = 2;

template <class Values>
std::string listed(const Values& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i > 0 ? "," : "") + number_text(static_cast<double>(values[i]));
  return text + "]";
}

/// {"name": {"width": w, "sparse": 0 or 1, "value": [...]}, ...} of the values or of the gradients.
template <class T>
std::string parameters_text(Learnable<T>& model, bool gradients) {
  std::string text = "{";
  for (const Parameter<T>& p : model.parameters()) {
    std::vector<T> numbers(p.value.begin(), p.value.end());
    if (gradients && p.sparse == nullptr) numbers.assign(p.gradient.begin(), p.gradient.end());
    if (gradients && p.sparse != nullptr) {
      std::fill(numbers.begin(), numbers.end(), T(0));
      for (std::size_t k = 0; k < p.sparse->rows.size(); ++k)
        std::copy_n(p.sparse->values.data() + k * p.width, p.width, numbers.data() + p.sparse->rows[k] * p.width);
    }
    text += (text.size() > 1 ? ",\"" : "\"") + p.name + "\":{\"width\":" + std::to_string(p.width) +
            ",\"sparse\":" + (p.sparse != nullptr ? "1" : "0") + ",\"value\":" + listed(numbers) + "}";
  }
  return text + "}";
}

std::string batches_text(const toy::Data& data, const std::vector<std::vector<std::uint32_t>>& batches) {
  std::string text = "[";
  for (const auto& rows : batches) {
    const Batch batch{&data.store, &data.log, rows};
    text += text.size() > 1 ? ",{\"ids\":{" : "{\"ids\":{";
    for (int g = 0; g < data.store.schema().size(); ++g) {
      const FeatureSchema& schema = data.store.schema();
      std::vector<std::uint32_t> ids;
      gather_values(batch,
                    {g, schema[g].side, static_cast<std::size_t>(schema.place(g)),
                     static_cast<std::size_t>(schema[g].max_values), 0},
                    ids);
      std::vector<double> shown;
      for (const std::uint32_t id : ids) shown.push_back(id == kNoValue ? -1.0 : id);
      text += (g > 0 ? ",\"" : "\"") + schema[g].name + "\":" + listed(shown);
    }
    std::vector<double> clicks;
    std::vector<double> items;
    for (const std::uint32_t row : rows) {
      clicks.push_back(data.log.click[row]);
      items.push_back(data.log.item[row]);
    }
    std::vector<double> sequence;  // item ids of the user's latest clicks, padded
    for (const std::uint32_t row : rows) {
      const auto& recent = data.store.user(data.log.user[row]).recent_clicks;
      for (std::size_t j = 0; j < kBehaviours; ++j) sequence.push_back(j < recent.size() ? recent[j] : -1.0);
    }
    text +=
        "},\"clicks\":" + listed(clicks) + ",\"items\":" + listed(items) + ",\"sequence\":" + listed(sequence) + "}";
  }
  return text + "]";
}

/// One line: the model, its batches, and what we computed: logits, loss and gradients on the first batch, parameters
/// after one step a batch.
template <class T, class Make>
void write_case(std::ostream& out, const std::string& name, const std::string& settings, const toy::Data& data,
                OptimizerKind kind, const Make& make) {
  std::vector<std::vector<std::uint32_t>> batches;
  for (std::uint32_t b = 0; b < kSteps; ++b) {
    std::vector<std::uint32_t> rows(kBatch);
    std::iota(rows.begin(), rows.end(), b * static_cast<std::uint32_t>(kBatch));
    rows.back() = rows.front();  // a row twice
    batches.push_back(rows);
  }
  const std::unique_ptr<Learnable<T>> model = make(T());
  const std::string before = parameters_text(*model, false);
  TrainParams params;
  params.optimizer = params.embedding_optimizer = kind;
  params.learning_rate = 0.05;
  params.embedding_learning_rate = 0.02;
  const auto parameters = model->parameters();
  Optimizer<T> optimizer(parameters, params);
  std::string logits_text;
  std::string gradients_text;
  double first_loss = 0;
  for (const auto& rows : batches) {
    std::vector<T> logits(kBatch);
    std::vector<T> gradients(kBatch);
    const Batch batch{&data.store, &data.log, rows};
    model->forward(batch, logits);
    const double loss = click_bce<T>(batch, logits, gradients);
    model->backward(gradients);
    if (logits_text.empty()) {
      logits_text = listed(logits);
      gradients_text = parameters_text(*model, true);
      first_loss = loss;
    }
    optimizer.step(parameters);
    model->clear_gradients();
  }
  const char* kinds[] = {"sgd", "adagrad", "adam"};
  out << "{\"name\":\"" << name << "\",\"settings\":" << settings << ",\"optimizer\":\""
      << kinds[static_cast<int>(kind)] << "\",\"precision\":" << (sizeof(T) == sizeof(float) ? 32 : 64)
      << ",\"batches\":" << batches_text(data, batches) << ",\"before\":" << before << ",\"logits\":" << logits_text
      << ",\"loss\":" << number_text(first_loss) << ",\"gradients\":" << gradients_text
      << ",\"after\":" << parameters_text(*model, false) << "}\n";
}

}  // namespace

TEST_CASE("networks, gradients and optimiser steps agree with PyTorch", "[slow]") {
  const test::TemporaryFolder folder("cascade_torch");
  const std::string path = (folder.path() / "cases.jsonl").string();
  const toy::Data data = toy::data(20, 30, 20, 8);
  GwenParams network;
  network.embedding_dim = 4;
  network.hidden = {7, 5};
  network.interactions = 3;
  network.init = 0.5;
  TwoTowerParams towers;
  towers.embedding_dim = 4;
  towers.hidden = {6};
  towers.dim = 3;
  towers.init = 0.5;
  const std::string network_settings = R"({"kind":"gwen","interactions":3,"slope":0,)"
                                       R"("user":["user_id","segment","recent"],"item":["item_id","category","tags"],)"
                                       R"("cross":["clicks_category","price_gap"]})";
  const std::string tower_settings = R"({"kind":"two_tower","scale":5,"slope":0.01,)"
                                     R"("user":["user_id","segment","recent"],"item":["item_id","category","tags"]})";
  DinParams attending;
  static_cast<GwenParams&>(attending) = network;
  attending.sequence.behaviours = kBehaviours;
  attending.sequence.attention_hidden = {5};
  const std::string attending_settings = network_settings.substr(0, network_settings.size() - 1) +
                                         R"(,"behaviours":["item_id","category"],"category_of_item":)" +
                                         listed(data.store.column(data.store.schema().find("category"))) + "}";
  const auto make_attending = [&]<class T>(T) {
    return make_din<T>("din", attending, attending.sequence, data.store, 3);
  };
  const auto make_network = [&]<class T>(T) { return make_gwen<T>("cold", network, data.store, 3); };
  const auto make_towers = [&]<class T>(T) { return make_two_tower<T>(towers, data.store, 3); };
  {
    std::ofstream out(path);
    for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adagrad, OptimizerKind::adam}) {
      write_case<double>(out, "gwen", network_settings, data, kind, make_network);
      write_case<float>(out, "gwen", network_settings, data, kind, make_network);
      write_case<double>(out, "din", attending_settings, data, kind, make_attending);
      write_case<float>(out, "din", attending_settings, data, kind, make_attending);
      write_case<double>(out, "two_tower", tower_settings, data, kind, make_towers);
      write_case<float>(out, "two_tower", tower_settings, data, kind, make_towers);
    }
  }
  const test::ScriptResult result = test::run_python("check_training.py", {path});
  if (result.missing) {
    WARN("skipped: " << result.output);
    return;
  }
  INFO(result.output);
  CHECK(result.status == 0);
}

}  // namespace cascade
