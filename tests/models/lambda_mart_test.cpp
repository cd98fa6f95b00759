#include "models/lambda_mart.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "base/errors.h"
#include "models/tree_ensemble.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

/// Lists of two: items 0 and 1, shown in turn first; the clicked one is named.
LogTable pages(const std::vector<ItemId>& clicked) {
  LogTable log;
  for (std::size_t list = 0; list < clicked.size(); ++list) {
    for (std::size_t k = 0; k < 2; ++k) {
      const auto item = static_cast<ItemId>((list + k) % 2);
      log.request.push_back(list);
      log.user.push_back(0);
      log.item.push_back(item);
      log.space.push_back(Space::exposed);
      log.click.push_back(item == clicked[list] ? 1 : 0);
    }
  }
  return log;
}

std::vector<float> scores(const Scorer& scorer, const FeatureStore& store, UserId user,
                          const std::vector<ItemId>& items) {
  std::vector<float> logits(items.size());
  scorer.score(CandidateFeatures(store, user, items), logits);
  return logits;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("lambda_mart by hand: lists of two, three in four of them for the same item") {
  const FeatureStore store = toy::store(4, 7);
  std::vector<ItemId> clicked(40, 0);
  for (std::size_t list = 0; list < clicked.size(); list += 4) clicked[list] = 1;
  LambdaMartParams params;
  params.groups = {"category"};
  params.rounds = 1;
  params.depth = 1;
  const LogTable log = pages(clicked);
  const auto scorer = fit_lambda_mart(params, store, log);
  // One tree tells category 0 from the others and puts it above: its lambdas add up to 30 - 10 lists. Calibrated to
  // the rows, item 0 was clicked 30 times of 40 and item 1 was 10 times: logits log 3 and -log 3. Items 5 and 6 are of
  // the categories 0 and 1.
  const auto logits = scores(*scorer, store, 3, {0, 1, 5, 6});
  CHECK(logits[0] == Approx(std::log(3.0)).epsilon(1e-5));
  CHECK(logits[1] == Approx(-std::log(3.0)).epsilon(1e-5));
  CHECK(logits[2] == logits[0]);
  CHECK(logits[3] == logits[1]);

  // Work: 2 to compute the category, one comparison, one addition.
  CHECK(scorer->work().per_candidate.flops == 2 + 1 + 1);
  CHECK(scorer->work().per_candidate.bytes == (4 + 4) + 16);
  CHECK(scorer->work().per_request.flops == 0);
}

TEST_CASE("lambda_mart learns the order inside lists, and the same trees again") {
  const toy::Data data = toy::data(40, 60, 1500, 8);
  const auto scorer = fit_lambda_mart({}, data.store, data.log);
  const auto again = fit_lambda_mart({}, data.store, data.log);
  const toy::Data fresh = toy::data(40, 60, 400, 8, 2);
  double right = 0;
  double pairs = 0;
  for (std::size_t a = 0; a < fresh.log.size(); ++a) {
    const auto one = scores(*scorer, data.store, fresh.log.user[a], {fresh.log.item[a]});
    CHECK(one == scores(*again, data.store, fresh.log.user[a], {fresh.log.item[a]}));
    for (std::size_t b = a + 1; b < fresh.log.size() && fresh.log.request[b] == fresh.log.request[a]; ++b) {
      if (fresh.log.click[a] == fresh.log.click[b]) continue;
      const float other = scores(*scorer, data.store, fresh.log.user[b], {fresh.log.item[b]})[0];
      pairs += 1;
      if (one[0] == other) right += 0.5;
      if ((one[0] > other) == (fresh.log.click[a] > fresh.log.click[b]) && one[0] != other) right += 1;
    }
  }
  CHECK(right / pairs > 0.65);  // of pairs that the truth itself does not always order
}

TEST_CASE("lambda_mart without lists or clicks scores everything alike") {
  const FeatureStore store = toy::store(4, 7);
  const auto none = scores(*fit_lambda_mart({}, store, LogTable()), store, 0, {0, 6});
  CHECK(none[0] == none[1]);
  LambdaMartParams params;
  params.groups = {"category"};
  const auto unclicked = scores(*fit_lambda_mart(params, store, pages(std::vector<ItemId>(5, 9))), store, 0, {0, 6});
  CHECK(unclicked[0] == unclicked[1]);
  CHECK(std::isfinite(unclicked[0]));
}

TEST_CASE("lambda_mart: selections that leave nothing are faults of the user") {
  const FeatureStore store = toy::store(4, 7);
  LambdaMartParams params;
  params.groups = {"recent", "tags"};
  CHECK(error_of([&] { fit_lambda_mart(params, store, LogTable()); }) ==
        "lambda_mart: no selected feature group has one value of at most most_values");
  params.groups = {"category", "dwell"};
  CHECK(error_of([&] { fit_lambda_mart(params, store, LogTable()); }) ==
        "lambda_mart: feature group 'dwell' is privileged, known only after the click: a model that reads it can teach "
        "but not serve");
}

TEST_CASE("a tree is read from its text and followed by hand") {
  const Tree tree = Tree::parse(
      "0:[f1<1.5] yes=1,no=2,missing=2\n\t1:[f0<-2.5e-1] yes=3,no=4,missing=3\n\t\t3:leaf=0.25\n\t\t4:leaf=-1e-05\n"
      "\t2:leaf=7\n");
  const float none = std::numeric_limits<float>::quiet_NaN();
  const auto value = [&](float a, float b) {
    const std::vector<float> row = {a, b};
    return tree.value(row);
  };
  CHECK(value(-1, 1) == 0.25F);
  CHECK(value(-0.25F, 1) == -1e-05F);
  CHECK(value(none, 1) == 0.25F);
  CHECK(value(-1, 1.5F) == 7);
  CHECK(value(-1, none) == 7);
  const std::vector<Tree> two = {tree, Tree::parse("0:leaf=0.5\n")};
  CHECK(sum_of_trees(two, std::vector<float>{-1, 1}) == 0.75F);
  CHECK_THROWS_AS(Tree::parse("booster"), InternalError);
  CHECK_THROWS_AS(Tree::parse("0:[f0<1] yes=1,no=9,missing=1\n1:leaf=0\n"), InternalError);
  CHECK_THROWS_AS(Tree::parse(""), InternalError);
}

}  // namespace cascade
