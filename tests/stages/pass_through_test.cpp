#include "stages/preranking/pass_through.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/tools/small_store.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("pass_through: the first of the order given, with their scores and channels") {
  const PassThroughStage stage;
  const CandidateBlock in = {{{7, 3, 5}, {2, 2, 1}, {0, 1, 0}}, {{4}, {0}, {}}};
  CandidateBlock out;
  stage.run(requests_of({0, 1}), &in, 2, out);
  REQUIRE(out.size() == 2);
  CHECK(out[0].items == std::vector<ItemId>{7, 3});
  CHECK(out[0].scores == std::vector<float>{2, 2});
  CHECK(out[0].channel == std::vector<std::uint8_t>{0, 1});
  CHECK(out[1].items == std::vector<ItemId>{4});
  CHECK(stage.work().per_request.flops == 0);
  CHECK(stage.work().per_candidate.bytes == 0);
}

TEST_CASE("pass_through: without candidates it has nothing to pass") {
  CandidateBlock out;
  CHECK_THROWS_AS(PassThroughStage().run(requests_of({0}), nullptr, 2, out), InternalError);
}
