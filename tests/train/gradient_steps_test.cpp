#include "train/gradient_steps.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "models/catalog.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::vector<float> all_values(const GradientSteps& steps) {
  std::vector<float> values;
  for (const auto& parameter : steps.parameters())
    values.insert(values.end(), parameter.value.begin(), parameter.value.end());
  return values;
}

}  // namespace

TEST_CASE("a step tells its loss and its number, and moves the parameters; an evaluation moves nothing") {
  const toy::Data data = toy::data();
  const std::vector<std::uint32_t> rows = {0, 1, 2, 3};
  const Batch batch{&data.store, &data.log, rows};
  std::vector<std::int64_t> numbers;
  const LossFunction<float> loss = [&](const Batch& of, std::span<const float> logits, std::span<float> gradients,
                                       std::int64_t number) {
    numbers.push_back(number);
    return click_bce<float>(of, logits, gradients);
  };
  const auto* entry = model_catalog().find("logistic");
  const auto model = entry->maker.make(*entry->make_parameters(), data.store, 1);
  GradientSteps steps(*model, TrainParams());
  const std::vector<float> start = all_values(steps);
  const double before = steps.loss_of(batch, loss);
  CHECK(all_values(steps) == start);
  CHECK(steps.step(batch, loss, 7) == before);
  CHECK(all_values(steps) != start);
  CHECK(steps.loss_of(batch, loss) < before);
  CHECK(steps.optimizer().flops() > 0);
  CHECK(numbers == std::vector<std::int64_t>{kNoStep, 7, kNoStep});
  // What an evaluation leaves behind is not learned by the next step.
  const auto other = entry->maker.make(*entry->make_parameters(), data.store, 1);
  GradientSteps alone(*other, TrainParams());
  alone.step(batch, loss, 7);
  CHECK(all_values(alone) == all_values(steps));
}

}  // namespace cascade
