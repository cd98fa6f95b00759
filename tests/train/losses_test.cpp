#include "train/losses.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/models/gradient_check.h"
#include "tests/models/toy_data.h"

namespace cascade {

TEST_CASE("binary cross entropy on logits by hand, and without overflow") {
  CHECK(bce(0, 1).loss == Approx(std::log(2.0)));
  CHECK(bce(0, 0).loss == Approx(std::log(2.0)));
  CHECK(bce(2, 1).loss == Approx(-std::log(1 / (1 + std::exp(-2.0)))));
  CHECK(bce(2, 0).loss == Approx(-std::log(1 - 1 / (1 + std::exp(-2.0)))));
  CHECK(bce(1, 0.25).loss == Approx(0.25 * bce(1, 1).loss + 0.75 * bce(1, 0).loss));
  CHECK(bce(1000, 1).loss == 0);
  CHECK(bce(-1000, 1).loss == 1000);
  CHECK(bce(1000, 0).loss == 1000);
  CHECK(bce(0, 1).gradient == -0.5);
  CHECK(bce(1000, 1).gradient == 0);
  CHECK(bce(-1000, 0).gradient == 0);
}

TEST_CASE("click loss: the mean over the batch and its gradient") {
  const toy::Data data = toy::data(10, 10, 4, 5);
  const std::vector<std::uint32_t> rows = {0, 7, 3, 3};
  const Batch batch{&data.store, &data.log, rows};
  std::vector<double> logits = {0.3, -2, 5, 1};
  std::vector<double> gradients(4);
  std::vector<double> unused(4);
  double expected = 0;
  for (std::size_t r = 0; r < 4; ++r) expected += bce(logits[r], data.log.click[rows[r]]).loss / 4;
  const auto loss = [&] { return click_bce<double>(batch, logits, unused); };
  CHECK(click_bce<double>(batch, logits, gradients) == Approx(expected));
  testing::check_gradient("logits", logits, gradients, loss);
}

}  // namespace cascade
