#include "engine/scenario.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/engine/fault_texts.h"

using namespace cascade;
using namespace cascade::testing;

TEST_CASE("a scenario in order has no faults") { CHECK(faults_of({}).empty()); }

TEST_CASE("multi_channel needs channels, and no more than can be told apart") {
  CHECK(faults_of({"funnel.recall={kind: multi_channel, keep: 80, channels: []}"}) ==
        Texts{"funnel.0.channels: at least one channel is needed"});
  std::string channels;
  for (int c = 0; c < 257; ++c) channels += "{name: c" + std::to_string(c) + ", keep: 9, kind: popular}, ";
  CHECK(faults_of({"funnel.recall={kind: multi_channel, keep: 80, channels: [" + channels + "]}"}) ==
        Texts{"funnel.0.channels: at most 256 channels, got 257"});
}

TEST_CASE("quotas do not grow along a funnel") {
  CHECK(faults_of({"funnel.preranking.keep=90"}) ==
        Texts{"funnel.1.keep: a quota cannot grow: stage 'preranking' keeps 90 of the 80 that 'recall' passes on"});
  CHECK(faults_of({"funnel.preranking.keep=80"}).empty());
  CHECK(faults_of({"funnel.recall.keep=401"}) == Texts{"funnel.0.keep: the catalogue has only 400 items, got 401"});
}

TEST_CASE("recall comes first and only first") {
  CHECK(faults_of({"funnel.recall={kind: score, model: linear, keep: 80}"}) ==
        Texts{"funnel.0.kind: the first stage reads the whole catalogue, but 'score' ranks candidates that a stage "
              "before it must bring"});
  CHECK(faults_of({"funnel.preranking={kind: popular, keep: 20}"}) ==
        Texts{"funnel.1.kind: 'popular' recalls from the catalogue and can only be the first stage"});
  CHECK(faults_of({"funnel=[]"}) == Texts{"funnel: a funnel needs at least one stage"});
  // The controls may stand anywhere.
  CHECK(faults_of({"funnel.recall={kind: oracle, keep: 80}", "funnel.ranking={kind: random, keep: 5}"}).empty());
}

TEST_CASE("stages of a funnel have names of their own, which can stand in paths") {
  Scenario twice = tiny_scenario();  // the reader refuses it, too
  twice.funnel[1].name = "recall";
  REQUIRE(find_faults(twice).size() == 1);
  CHECK(find_faults(twice)[0].message == "two stages are called 'recall'");
  const std::string rule = "funnel.1.name: a stage's name is made of letters, digits, _ and -, got ";
  CHECK(faults_of({"funnel.preranking.name=recall.more"}) == Texts{rule + "'recall.more'"});
  CHECK(faults_of({"funnel.preranking.name=\"\""}) == Texts{rule + "''"});
  CHECK(faults_of({"funnel.preranking.name=\"a, b\""}) == Texts{rule + "'a, b'"});
}

TEST_CASE("a stage's model must be there, of its kind, and searchable for recall") {
  CHECK(faults_of({"funnel.ranking.model=linaer"}) ==
        Texts{"funnel.2.model: no model is called 'linaer'; did you mean 'linear'? (there are: towers, linear, "
              "popular)"});
  CHECK(faults_of({"funnel.ranking.model=zzzzzzzz"}) ==
        Texts{"funnel.2.model: no model is called 'zzzzzzzz' (there are: towers, linear, popular)"});
  CHECK(faults_of({"funnel.preranking.model=linear"}) ==
        Texts{"funnel.1.model: this stage needs a model of kind 'statistic', but 'linear' is a 'logistic'"});
  CHECK(faults_of({"funnel.recall.model=linear"}) ==
        Texts{"funnel.0.model: 'linear' (kind logistic) is not an inner-product model: it has no item vectors to "
              "search"});
}

TEST_CASE("the models of recall channels are checked at their places") {
  CHECK(faults_of({"funnel.recall={kind: multi_channel, keep: 80, channels: [{name: a, keep: 9, kind: popular}, "
                   "{name: b, keep: 9, kind: exact_inner_product, model: popular}]}"}) ==
        Texts{"funnel.0.channels.1.model: 'popular' (kind statistic) is not an inner-product model: it has no item "
              "vectors to search"});
}

TEST_CASE("a model may not ask for what exists only after the click") {
  CHECK(faults_of({"models.linear.features=[item, dwell]"}) ==
        Texts{"models.linear: feature group 'dwell' is privileged: it exists only after the click and cannot be seen "
              "at serving time"});
  CHECK(faults_of({"models.linear.features=[privileged]"}).size() == 3);
  const Texts unknown = faults_of({"models.linear.features=[item, itme]"});
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0].rfind("models.linear: no feature group or side is called 'itme'; did you mean 'item'? (there are: "
                         "user, item, cross, ",
                         0) == 0);
}

TEST_CASE("budgets: one unit, and a limit where one is enforced") {
  CHECK(faults_of({"funnel.ranking.budget={flops: 1000, us: 5}"}) ==
        Texts{"funnel.2.budget: a budget is in flops or in us, not in both"});
  CHECK(faults_of({"budget={flops: 1000, us: 5}"}) == Texts{"budget: a budget is in flops or in us, not in both"});
  CHECK(faults_of({"funnel.ranking.budget={enforce: true}"}) ==
        Texts{"funnel.2.budget.enforce: there is no limit to enforce: give flops or us"});
  CHECK(faults_of({"budget.enforce=true"}) == Texts{"budget.enforce: there is no limit to enforce: give flops or us"});
  CHECK(faults_of({"funnel.recall.budget={flops: 1000, enforce: true}"}) ==
        Texts{"funnel.0.budget.enforce: recall scans the catalogue: its budget can be reported, not enforced"});
  CHECK(faults_of({"funnel.recall.budget.flops=1000", "budget={us: 10, enforce: true}"}).empty());
}

TEST_CASE("what is measured must fit the catalogue") {
  CHECK(faults_of({"evaluate.truth_at=[5, 500]"}) ==
        Texts{"evaluate.truth_at: the catalogue has only 400 items, got 500"});
  CHECK(faults_of({"evaluate.truth_at=[]"}) == Texts{"evaluate.truth_at: at least one k is needed"});
  CHECK(faults_of({"evaluate.truth_at=[5, 10, 5]"}) == Texts{"evaluate.truth_at: 5 is given twice"});
  CHECK(faults_of({"logs.page=500"}) == Texts{"logs.page: a page of 500 items from a catalogue of 400"});
}

TEST_CASE("a funnel that logs needs a day left after the warm-up") {
  CHECK(faults_of({"logs.policy.kind=funnel"}) ==
        Texts{"logs.policy.warm_up_days: no day is left for the funnel to log: there are 1 days, got 1"});
  CHECK(faults_of({"logs={days: 2, policy: {kind: funnel}}"}).empty());
}

TEST_CASE("faults of the world stand under its fields") {
  CHECK(faults_of({"world.shops=5"}) ==
        Texts{"world.shops: every category needs a shop: must be at least categories = 8, got 5"});
  CHECK(faults_of({"world.value=ecpm"}) == Texts{"world.value: ecpm is bid x P(click): it needs bids: true"});
}

TEST_CASE("every fault is found at once") {
  CHECK(faults_of(
            {"funnel.preranking.keep=90", "funnel.ranking.model=no", "evaluate.truth_at=[500]", "budget.enforce=true"})
            .size() == 4);
}

TEST_CASE("teachers must be there, teach somebody who learns, and not in a circle") {
  CHECK(faults_of({"models.linear.distill={teacher: tower}"}) ==
        Texts{"models.linear.distill.teacher: no model is called 'tower'; did you mean 'towers'? (there are: towers, "
              "linear, popular)"});
  CHECK(faults_of({"models.popular.distill={teacher: towers}"}) ==
        Texts{"models.popular.distill: a 'statistic' is fitted in closed form: no teacher can change it"});
  CHECK(faults_of({"models.linear.distill={teacher: linear}"}) ==
        Texts{"models.linear.distill.teacher: models teach each other in a circle: linear <- linear"});
  CHECK(faults_of({"models.linear.distill={teacher: towers}", "models.towers.distill={teacher: linear}"}) ==
        Texts{"models.towers.distill.teacher: models teach each other in a circle: towers <- linear <- towers"});
  CHECK(faults_of({"models.linear.distill={teacher: towers}"}).empty());
}

TEST_CASE("a kind of distillation holds the teacher to what it reads") {
  const auto faults = [](const std::string& kind, const std::string& features) {
    return faults_of({"models.cold={kind: cold, hidden: [8], features: [" + features + "]}",
                      "models.towers.distill={teacher: cold, kind: " + kind + "}"});
  };
  CHECK(faults("MD", "user, item").empty());
  CHECK(faults("PFD", "user, item, cross").empty());
  CHECK(faults("UD", "user, item, price_gap").empty());
  CHECK(faults("LUPI", "cross").empty());
  CHECK(faults("any", "user").empty());
  CHECK(faults("MD", "user, item, price_gap") ==
        Texts{"models.towers.distill.kind: MD has a teacher on its student's features: teacher 'cold' reads "
              "'price_gap' besides"});
  for (const std::string kind : {"PFD", "UD", "LUPI"})
    CHECK(
        faults(kind, "user, item") ==
        Texts{
            "models.towers.distill.kind: only MD has a teacher without features that its student lacks: teacher 'cold' "
            "reads none"});
  CHECK(faults("LUPI", "category, cross") ==
        Texts{"models.towers.distill.kind: LUPI has a teacher on privileged features alone: teacher 'cold' reads "
              "'category', too"});
}

TEST_CASE("the steps of a warm-up have a short form, which may not contradict the long one") {
  const auto scenario = [](const std::string& more) {
    return tiny_scenario({"models.linear.distill={teacher: towers, " + more + "}"});
  };
  const auto warm_up = [&](const std::string& more) {
    return find_model(scenario(more), "linear")->distill.warm_up.steps;
  };
  CHECK(warm_up("warm_up_steps: 500") == 500);
  CHECK(warm_up("warm_up: {steps: 30, shape: ramp}") == 30);
  CHECK(find_faults(scenario("warm_up_steps: 30, warm_up: {steps: 30}")).empty());
  CHECK(faults_of({"models.linear.distill={teacher: towers, warm_up_steps: 500, warm_up: {steps: 30}}"}) ==
        Texts{"models.linear.distill.warm_up_steps: is short for warm_up.steps, which says otherwise: give one of the "
              "two"});
}

TEST_CASE("a teacher that learns with its student has its rows, and its tables where they are as wide") {
  const std::string cold = "models.cold={kind: cold, embedding_dim: 16}";
  const std::string joint = "models.towers.distill={teacher: cold, training: joint, share: all_but_user_id}";
  CHECK(faults_of({cold, "models.towers.embedding_dim=16", joint}).empty());
  CHECK(faults_of({cold, "models.towers.embedding_dim=4", joint}) ==
        Texts{"models.towers.distill.share: tables can be shared where both have the same embedding_dim, but the "
              "student's is 4 and that of 'cold' 16"});
  CHECK(faults_of({cold, "models.cold.features=[cross]", "models.towers.embedding_dim=16", joint}) ==
        Texts{"models.towers.distill.share: 'cold' and its student read no feature group in common that could be "
              "shared"});
  CHECK(faults_of({cold, "models.towers.distill={teacher: cold, share: all}"}) ==
        Texts{"models.towers.distill.share: only a teacher that learns with its student shares tables: training: "
              "joint"});
  CHECK(faults_of({"models.linear.distill={teacher: popular, training: joint}"}) ==
        Texts{"models.linear.distill.training: 'popular' is a 'statistic', fitted in closed form: it cannot learn in "
              "the same steps as its student"});
  CHECK(faults_of({"models.many={kind: multi_task}", "models.towers.distill={teacher: many, training: joint}"}) ==
        Texts{"models.towers.distill.training: a network of several tasks is trained apart from its teachers and "
              "students"});
  CHECK(faults_of({cold, "models.cold.samples={negatives: {EX: 2}}",
                   "models.towers.distill={teacher: cold, training: joint}"}) ==
        Texts{"models.towers.distill.training: 'cold' would learn from its student's rows: it can have neither "
              "`distill` nor `samples` of its own"});
}

TEST_CASE("a funnel that only logs is checked like the other, and must log") {
  const std::string stages =
      "logging_funnel=[{name: recall, kind: user_history, keep: 50}, {name: last, kind: score, model: no, keep: 60}]";
  const std::vector<std::string> wrong = faults_of({stages});
  REQUIRE(wrong.size() == 3);
  CHECK(wrong[0] ==
        "logging_funnel.1.keep: a quota cannot grow: stage 'last' keeps 60 of the 50 that 'recall' passes on");
  CHECK(wrong[1] == "logging_funnel.1.model: no model is called 'no' (there are: towers, linear, popular)");
  CHECK(wrong[2] == "logging_funnel: no funnel writes these logs: that is logs.policy {kind: funnel}");
}

TEST_CASE("only a model that no stage uses may read what exists after the click, and only to teach") {
  const std::string late = "models.late={kind: cold, features: [user, item, dwell]}";
  CHECK(faults_of({late}).empty());
  CHECK(faults_of({late, "models.linear.distill={teacher: late}"}).empty());
  CHECK(faults_of({late, "models.linear.distill={teacher: late}",
                   "funnel.preranking={kind: score, model: late, keep: 20}"}) ==
        Texts{"models.late: feature group 'dwell' is privileged: it exists only after the click and cannot be seen at "
              "serving time"});
  CHECK(faults_of({late, "models.linear.distill={teacher: late, on: {RC: 2}}", "logs.days=2",
                   "logs.policy={kind: funnel}"}) ==
        Texts{"models.linear.distill.on: teacher 'late' reads 'dwell', which exists only after a click: it can teach "
              "on EX alone"});
}

TEST_CASE("rows to learn from must be in the logs") {
  const std::string need =
      "these logs keep exposed rows only; logs.policy {kind: funnel} with logs.unexposed_a_request above 0 keeps "
      "others";
  CHECK(faults_of({"models.linear.distill={teacher: towers, on: {PRC: 2}}"}) ==
        Texts{"models.linear.distill.on.PRC: " + need});
  CHECK(faults_of({"models.linear.distill={teacher: towers, on: {EX: 0}}"}) ==
        Texts{"models.linear.distill.on: there is no row on which the teacher could teach"});
  CHECK(faults_of({"models.linear.distill={teacher: towers, temperature: 2}"}) ==
        Texts{"models.linear.distill.temperature: only softmax, pairwise and listwise have a temperature"});
  CHECK(faults_of({"models.linear.samples={negatives: {RND: 1}}"}) ==
        Texts{"models.linear.samples.negatives.RND: " + need});
  CHECK(faults_of({"models.linear.samples={positives: fine_top}"}) ==
        Texts{"models.linear.samples.positives: fine_top needs pages made by a funnel: logs.policy {kind: funnel} with "
              "logs.unexposed_a_request above 0"});
  CHECK(faults_of({"models.linear.samples={negatives: {EX: 0}}"}) ==
        Texts{"models.linear.samples.negatives: without negatives there is nothing to tell apart"});
  CHECK(faults_of({"models.popular.samples={negatives: {EX: 2}}"}) ==
        Texts{"models.popular.samples: a 'statistic' is fitted in closed form on all exposures: it takes no samples"});
  CHECK(faults_of({"logs.days=2", "logs.policy={kind: funnel}", "models.linear.samples={negatives: {RC: 5}}"}) ==
        Texts{"models.linear.samples.negatives.RC: the logs keep 4 rows a request (logs.unexposed_a_request), got 5"});
  CHECK(faults_of({"logs.days=2", "logs.policy={kind: funnel}", "models.linear.samples={negatives: {RC: 4}}"}).empty());
}

TEST_CASE("clicks and conversions are not taken for one another") {
  const std::string rate = "models.rate={kind: logistic, target: conversion}";
  const std::string both = "models.both={kind: multi_task}";
  CHECK(faults_of({rate, "funnel.ranking={kind: score, model: rate, keep: 5}"}) ==
        Texts{"funnel.2.model: this stage needs an estimate of clicks, but 'rate' learns conversion alone"});
  CHECK(faults_of({"funnel.ranking={kind: value, model: linear, by: gmv, keep: 5}"}) ==
        Texts{"funnel.2.model: this stage needs an estimate of conversions, but 'linear' learns click alone"});
  CHECK(
      faults_of({rate, "funnel.ranking={kind: value, model: rate, conversion_model: linear, keep: 5}"}) ==
      Texts{"funnel.2.model: this stage needs an estimate of clicks, but 'rate' learns conversion alone",
            "funnel.2.conversion_model: this stage needs an estimate of conversions, but 'linear' learns click alone"});
  CHECK(faults_of({rate, "funnel.ranking={kind: value, model: linear, conversion_model: rate, by: ecpm, keep: 5}"}) ==
        Texts{"funnel.2.conversion_model: by ecpm one model is asked, which is `model`"});
  CHECK(faults_of({both, "funnel.ranking={kind: value, model: both, by: gmv, keep: 5}",
                   "funnel.preranking={kind: score, model: both, keep: 20}"})
            .empty());
  CHECK(faults_of({"models.rate={kind: statistic, target: conversion}"}) ==
        Texts{"models.rate.target: a 'statistic' is fitted in closed form on clicks: it learns no conversions"});
  CHECK(faults_of({"models.rate={kind: logistic, target: conversion, samples: {top: 3}}"}) ==
        Texts{"models.rate.samples: conversions are learned from all clicked exposures: there are no other samples"});
  CHECK(faults_of({"models.rate={kind: logistic, target: conversion, distill: {teacher: linear}}"}) ==
        Texts{"models.rate.distill.teacher: 'linear' learns clicks, its student conversions"});
  CHECK(faults_of({rate, "models.r={kind: logistic, target: conversion, distill: {teacher: rate, on: {RC: 2}}}",
                   "logs.days=2", "logs.policy={kind: funnel}"}) ==
        Texts{"models.r.distill.on.RC: conversions are taught on clicked exposures: on EX alone"});
  CHECK(faults_of({"models.both={kind: multi_task, tasks: [conversion, click]}"}) ==
        Texts{"models.both.tasks: the first task is what the model is trained for: target is click, got 'conversion'"});
  CHECK(
      faults_of({"models.both={kind: multi_task, tasks: [conversion, click], target: conversion}"}) ==
      Texts{"models.both.tasks: with target: conversion only clicked exposures are seen, which say nothing of clicks"});
  CHECK(faults_of({"models.both={kind: multi_task, tasks: [click, age]}"}) ==
        Texts{"models.both.tasks: multi_task: there is no task 'age' (there are: click, conversion, dwell, comments, "
              "contacted)"});
}
