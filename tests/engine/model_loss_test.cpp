#include "engine/model_loss.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/real.h"
#include "tests/models/toy_data.h"
#include "tests/tools/tiny_scenario.h"
#include "train/losses.h"

using namespace cascade;
using namespace cascade::testing;

namespace {

ModelSpec spec_of(const std::string& model) {
  const Scenario scenario = tiny_scenario({"models.one=" + model});
  return *find_model(scenario, "one");
}

}  // namespace

TEST_CASE("targets: clicks of all exposures, and a teacher's logits where it has a say") {
  const toy::Data data = toy::data();
  const ModelSpec plain = spec_of("{kind: logistic}");
  const Targets clicks = targets_of(plain, data.log, {});
  CHECK(clicks.teacher.empty());
  CHECK(unit_of(plain, clicks) == Unit::row);
  for (const std::uint32_t row : clicks.rows) {
    CHECK(data.log.space[row] == Space::exposed);
    CHECK(clicks.label[row] == static_cast<float>(data.log.click[row]));
  }

  std::vector<float> logits(data.log.size());
  for (std::size_t row = 0; row < logits.size(); ++row) logits[row] = 0.01F * static_cast<float>(row);
  const ModelSpec taught = spec_of("{kind: logistic, distill: {teacher: towers, loss: listwise}}");
  const Targets both = targets_of(taught, data.log, logits);
  CHECK(both.rows == clicks.rows);
  CHECK(num_taught(both) == both.rows.size());
  for (const std::uint32_t row : both.rows) CHECK(both.teacher[row] == logits[row]);
  // A list is a request's: it must not be torn apart, unless nobody teaches.
  CHECK(unit_of(taught, both) == Unit::request);
  CHECK(unit_of(taught, clicks) == Unit::row);
  CHECK(unit_of(spec_of("{kind: logistic, distill: {teacher: towers}}"), both) == Unit::row);
}

TEST_CASE("losses: of clicks, blended with the teacher's, and of several tasks") {
  const toy::Data data = toy::data();
  const std::vector<std::uint32_t> rows = {0, 1};
  const Batch batch{&data.store, &data.log, rows};
  REQUIRE(data.log.space[1] == Space::exposed);
  const std::vector<float> teacher(data.log.size(), 1.5F);
  const auto mean_loss = [&](const ModelSpec& spec, std::span<const float> taught, std::span<const float> logits) {
    const Targets targets = targets_of(spec, data.log, taught);
    std::vector<float> gradients(logits.size());
    return loss_of(spec, data.store.schema(), targets)(batch, logits, gradients, 0);
  };
  const std::vector<float> logits = {0.5F, -1.0F};
  const auto of = [&](double a, double b) { return (bce(0.5, a).loss + bce(-1.0, b).loss) / 2; };
  const double clicks = of(data.log.click[0], data.log.click[1]);
  const double taught = of(sigmoid(1.5), sigmoid(1.5));
  CHECK(mean_loss(spec_of("{kind: logistic}"), {}, logits) == Approx(clicks));
  CHECK(mean_loss(spec_of("{kind: logistic, distill: {teacher: towers, weight: 0.3}}"), teacher, logits) ==
        Approx(0.7 * clicks + 0.3 * taught));

  // Two heads a row, click and conversion; of the second only clicked rows count, by the task's weight.
  const ModelSpec tasks = spec_of("{kind: multi_task, tasks: [click, conversion], task_weight: 0.25}");
  const std::vector<float> heads = {0.5F, 2.0F, -1.0F, 2.0F};
  double conversions = 0;
  for (const std::uint32_t row : rows)
    if (data.log.click[row] != 0) conversions += bce(2.0, data.log.convert[row]).loss / 2;
  CHECK(mean_loss(tasks, {}, heads) == Approx(clicks + 0.25 * conversions));
}
