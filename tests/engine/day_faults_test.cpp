#include <catch2/catch.hpp>

#include "engine/day_loop.h"
#include "tests/engine/fault_texts.h"

using namespace cascade::testing;

namespace {

const std::string kDays = "days={served: 3, requests: 60, chunks: 4, test_requests: 40}";

}  // namespace

TEST_CASE("faults of days and freshness") {
  CHECK(faults_of({kDays}).empty());
  CHECK(faults_of({"days={chunks: 5}"}) ==
        Texts{"days.chunks: the parts of a day are whole hours: must divide 24, got 5"});
  CHECK(faults_of({"world.drift={days: 3}", kDays}) ==
        Texts{"world.drift.days: the logs and what is served after them take 4 days, and the world moves on 3"});
  CHECK(faults_of({"world.drift={days: 1}"}) ==
        Texts{"world.drift.days: the logs and what is served after them take 2 days, and the world moves on 1"});
  CHECK(faults_of({"models.linear.freshness={update: online}"}) ==
        Texts{"models.linear.freshness: no days are served on which it could matter: give days"});
  CHECK(
      faults_of({kDays, "models.linear.freshness={item_vectors_late_by: 3}"}) ==
      Texts{"models.linear.freshness.item_vectors_late_by: a 'logistic' is not an inner-product model: it has no item "
            "vectors"});
  CHECK(faults_of({kDays, "models.linear.freshness={update: online, from_scratch: true}"}) ==
        Texts{"models.linear.freshness.from_scratch: is for models that learn daily or every_n_days"});
  CHECK(faults_of({kDays, "models.popular.freshness={from_scratch: true}"}) ==
        Texts{"models.popular.freshness.from_scratch: a 'statistic' is always fitted anew, on all logs"});
  CHECK(faults_of({kDays, "models.linear.freshness={window: 2}"}) ==
        Texts{"models.linear.freshness.window: is for models that learn from_scratch"});
  CHECK(faults_of({kDays, "models.linear={kind: cold, hidden: [8], prune: {share: 0.5}}"}) ==
        Texts{"models.linear.prune: is for a training that ends, and models of served days train on"});
  CHECK(faults_of({kDays, "models.linear.train.max_steps=9"}) ==
        Texts{"models.linear.train.max_steps: is not for models of served days: they train on"});
  // What days log and how they go on: exposures alone, and no last step.
  CHECK(faults_of({kDays, "models.towers.distill={teacher: linear}"}).empty());
  CHECK(faults_of({kDays, "models.towers.distill={teacher: linear, training: joint}"}) ==
        Texts{"models.towers.distill.training: is separate for models of served days: teacher and student each go on "
              "learning by their own freshness"});
  const std::string logs =
      "logs={days: 2, requests_a_day: 60, page: 5, all_space_rows: 100, unexposed_a_request: 3, policy: {kind: "
      "funnel}}";
  CHECK(faults_of({kDays, logs, "models.towers.distill={teacher: linear, on: {RC: 2}}"}) ==
        Texts{"models.towers.distill.on.RC: days log what was shown, EX, and no other candidates"});
  CHECK(faults_of({kDays, logs, "models.linear.samples={positives: fine_top, negatives: {EX: 0, PRC: -1}}"}) ==
        Texts{"models.linear.samples.positives: fine_top needs candidates that were not shown, and days log none",
              "models.linear.samples.negatives.PRC: days log what was shown, EX, and no other candidates"});
  // A teacher that serves nowhere learns by its own freshness, too; without a student it is not looked at.
  const std::string teacher = "models.teacher={kind: logistic, features: [privileged], train: {held_out: 0.1}}";
  CHECK(faults_of({kDays, teacher}).empty());
  CHECK(faults_of({kDays, teacher, "models.towers.distill={teacher: teacher}"}) ==
        Texts{"models.teacher.train.held_out: is not for models of served days: they train on"});
  CHECK(faults_of({kDays, "models.towers.distill={teacher: linear}", "models.linear.distill={teacher: towers}"}) ==
        Texts{"models.towers.distill.teacher: models teach each other in a circle: towers <- linear <- towers"});
  CHECK(faults_of({kDays, "models.towers.distill={teacher: linaer}"}) ==
        Texts{"models.towers.distill.teacher: no model is called 'linaer'; did you mean 'linear'? (there are: towers, "
              "linear, popular)"});
}
