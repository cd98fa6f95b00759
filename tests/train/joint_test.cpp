#include "train/joint.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "models/gwen.h"
#include "models/two_tower.h"
#include "tests/models/learnable_checks.h"

namespace cascade {
namespace {

/// An inner product and a network that sees the cross groups besides, embedded in equally many numbers.
template <class T>
std::unique_ptr<Learnable<T>> student_of(const FeatureStore& store) {
  TwoTowerParams params;
  params.embedding_dim = 3;
  params.dim = 4;
  return make_two_tower<T>(params, store, 1);
}

template <class T>
std::unique_ptr<Learnable<T>> teacher_of(const FeatureStore& store) {
  GwenParams params;
  params.embedding_dim = 3;
  params.hidden = {5};
  params.interactions = 2;
  return make_gwen<T>("teacher", params, store, 2);
}

DistillParams joint(Share share, double weight = 0.6) {
  DistillParams params;
  params.training = Training::joint;
  params.share = share;
  params.weight = weight;
  return params;
}

/// Clicks on exposures, taught on all rows of the log.
Targets targets_of(const LogTable& log) {
  Targets targets = label_rows(log, {});
  SpaceCounts on;
  on.rows = {SpaceCounts::kAllRows, SpaceCounts::kAllRows, 0, 0};
  teach_rows(log, on, std::vector<float>(log.size()), targets);
  return targets;
}

TrainParams few_steps(std::int64_t max_steps = 0) {
  TrainParams params;
  params.batch = 64;
  params.epochs = 2;
  params.max_steps = max_steps;
  return params;
}

std::vector<float> all_values(Learnable<float>& model) {
  std::vector<float> values;
  for (const auto& parameter : model.parameters())
    values.insert(values.end(), parameter.value.begin(), parameter.value.end());
  return values;
}

struct Trained {
  std::vector<float> student;
  std::vector<float> teacher;
  TrainSummary summary;
};

Trained trained(const toy::Data& data, const DistillParams& params, std::int64_t max_steps = 0) {
  const auto student = student_of<float>(data.store);
  const auto teacher = teacher_of<float>(data.store);
  Trained t;
  t.summary =
      train_joint(*student, *teacher, data.store, data.log, targets_of(data.log), params, few_steps(max_steps), 5);
  t.student = all_values(*student);
  t.teacher = all_values(*teacher);
  return t;
}

std::vector<float> trained_alone(Learnable<float>& model, const toy::Data& data, std::int64_t max_steps = 0) {
  const Targets targets = targets_of(data.log);
  train_on(model, data.store, data.log, targets.rows, label_loss<float>(targets), few_steps(max_steps), 5);
  return all_values(model);
}

}  // namespace

TEST_CASE("joint: without shared tables a teacher learns as it would alone, bit for bit; the student hears it") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  const std::vector<float> alone = trained_alone(*teacher_of<float>(data.store), data);
  const std::vector<float> untaught = trained_alone(*student_of<float>(data.store), data);
  for (const double weight : {0.0, 0.6, 1.0}) CHECK(trained(data, joint(Share::none, weight)).teacher == alone);
  CHECK(trained(data, joint(Share::none, 0)).student == untaught);
  CHECK(trained(data, joint(Share::none, 0.6)).student != untaught);
  CHECK(trained(data, joint(Share::none, 1)).student != trained(data, joint(Share::none, 0.6)).student);
  // A shared table hears the teacher's labels, whatever the weight.
  CHECK(trained(data, joint(Share::all, 0)).student != untaught);
}

TEST_CASE("joint: by lists, whole requests are taken, and the teacher still learns alone") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  DistillParams params = joint(Share::none);
  params.loss = DistillLoss::pairwise;
  const auto teacher = teacher_of<float>(data.store);
  const Targets targets = targets_of(data.log);
  train_on(*teacher, data.store, data.log, targets.rows, label_loss<float>(targets), few_steps(), 5, {}, Unit::request);
  CHECK(trained(data, params).teacher == all_values(*teacher));
}

TEST_CASE("joint: warm-up keeps the teacher's word out until its very step") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  DistillParams params = joint(Share::none);
  params.warm_up.steps = 7;
  const auto untaught = [&](std::int64_t steps) { return trained_alone(*student_of<float>(data.store), data, steps); };
  CHECK(trained(data, params, 7).student == untaught(7));
  CHECK(trained(data, params, 8).student != untaught(8));
  params.warm_up.steps = 1000;
  CHECK(trained(data, params).student == untaught(0));
}

TEST_CASE("joint: gradients of all three losses against central differences, the teacher's logit held constant") {
  const toy::Data data = toy::data(12, 14, 6, 8, 3);
  for (const Share share : {Share::none, Share::all, Share::all_but_user_id}) {
    for (const DistillLoss kind : {DistillLoss::point, DistillLoss::listwise}) {
      const auto student = student_of<double>(data.store);
      const auto teacher = teacher_of<double>(data.store);
      DistillParams params = joint(share);
      params.loss = kind;
      JointModel<double> both(*student, *teacher, data.store.schema(), targets_of(data.log), params);
      testing::perturb(both, 11);
      const Batch batch{&data.store, &data.log, both.rows()};
      const std::size_t n = batch.rows.size();
      std::vector<double> logits(n);
      std::vector<double> gradients(n);
      std::vector<double> unused(n);

      Targets fixed = targets_of(data.log);
      std::vector<double> teacher_logits(n);
      teacher->forward(batch, teacher_logits);
      for (std::size_t r = 0; r < n; ++r) fixed.teacher[batch.rows[r]] = static_cast<float>(teacher_logits[r]);
      const auto student_loss = distill_loss<double>(fixed, params);
      const auto teacher_loss = label_loss<double>(fixed);
      const auto total = [&] {
        student->forward(batch, logits);
        teacher->forward(batch, teacher_logits);
        return student_loss(batch, logits, unused, kNoStep) + teacher_loss(batch, teacher_logits, unused, kNoStep);
      };

      both.clear_gradients();
      both.forward(batch, logits);
      CHECK(both.loss()(batch, logits, gradients, kNoStep) == student_loss(batch, logits, unused, kNoStep));
      both.backward(gradients);
      std::vector<std::vector<double>> wholes;
      for (const auto& parameter : both.parameters()) wholes.push_back(testing::whole_gradient(parameter));
      const auto all = both.parameters();
      for (std::size_t p = 0; p < all.size(); ++p)
        testing::check_gradient("share " + std::to_string(static_cast<int>(share)) + " " + all[p].name, all[p].value,
                                wholes[p], total);
      both.clear_gradients();
      for (const auto& parameter : both.parameters())
        for (const double g : testing::whole_gradient(parameter)) REQUIRE(g == 0.0);
    }
  }
}

TEST_CASE("joint: shared tables are one table, and their look-ups and updates are counted once") {
  const toy::Data data = toy::data(40, 60, 100, 8, 1);
  const auto names = [&](Share share) {
    const auto student = student_of<float>(data.store);
    const auto teacher = teacher_of<float>(data.store);
    JointModel<float> both(*student, *teacher, data.store.schema(), targets_of(data.log), joint(share));
    std::vector<std::string> tables;
    for (const auto& parameter : both.parameters())
      if (parameter.sparse != nullptr) tables.push_back(parameter.name);
    return tables;
  };
  const std::vector<std::string> own = {"user.embedding.user_id",
                                        "user.embedding.segment",
                                        "user.embedding.recent",
                                        "item.embedding.item_id",
                                        "item.embedding.category",
                                        "item.embedding.tags",
                                        "item_bias"};
  auto expected = own;
  expected.insert(expected.end(), {"embedding.clicks_category", "embedding.price_gap"});
  CHECK(names(Share::all) == expected);
  expected = own;
  expected.insert(expected.end(), {"embedding.user_id", "embedding.clicks_category", "embedding.price_gap"});
  CHECK(names(Share::all_but_user_id) == expected);
  CHECK(names(Share::none).size() == own.size() + 8);

  // Width 3. A row reads 1 + 1 + 3 values of the user, 1 + 1 + 2 of the item, a bias; the teacher 2 crosses besides.
  // A number looked up is 12 bytes: read, and its gradient read and written; 7 of those values are of groups pooled:
  // recent and tags, 5 of them, a FLOP each forward and two backward.
  const TrainSummary none = trained(data, joint(Share::none)).summary;
  const TrainSummary but_user = trained(data, joint(Share::all_but_user_id)).summary;
  const TrainSummary all = trained(data, joint(Share::all)).summary;
  const auto samples = static_cast<double>(none.samples);
  // The user's id is looked up once a sample, and its table steps once a user of a batch, by Adagrad: 5 passes over a
  // float, 7 FLOPs.
  double users = 0;
  const Targets targets = targets_of(data.log);
  const auto student = student_of<float>(data.store);
  const LossFunction<float> count = [&](const Batch& batch, std::span<const float>, std::span<float> gradients,
                                        std::int64_t) {
    std::vector<UserId> seen;
    for (const std::uint32_t row : batch.rows) seen.push_back(batch.table->user[row]);
    std::sort(seen.begin(), seen.end());
    users += static_cast<double>(std::unique(seen.begin(), seen.end()) - seen.begin());
    std::fill(gradients.begin(), gradients.end(), 0.0f);
    return 0.0;
  };
  train_on(*student, data.store, data.log, targets.rows, count, few_steps(), 5);
  CHECK(but_user.bytes - all.bytes == Approx(3 * 12 * samples + 3 * 20 * users));
  CHECK(but_user.flops - all.flops == Approx(3 * 7 * users));
  CHECK(none.bytes - but_user.bytes > 3 * 12 * 8 * samples);
  CHECK(none.flops - but_user.flops > 3 * 3 * 5 * samples);
  CHECK(all.parameters == none.parameters);
  std::size_t values = 0;
  for (const auto& parameter : student->parameters()) values += parameter.value.size();
  CHECK(all.parameters == static_cast<std::int64_t>(values));
}

TEST_CASE("joint: tables of two widths, or none in common, cannot be shared") {
  const toy::Data data = toy::data(12, 14, 6, 8, 3);
  const auto student = student_of<float>(data.store);
  GwenParams params;
  params.embedding_dim = 5;
  const auto wide = make_gwen<float>("teacher", params, data.store, 2);
  CHECK_THROWS_WITH(share_tables(*student, *wide, data.store.schema(), Share::all),
                    "tables can only be shared where student and teacher have the same embedding_dim, got 3 and 5");
  params.groups = {"price_gap"};
  const auto apart = make_gwen<float>("teacher", params, data.store, 2);
  CHECK_THROWS_WITH(share_tables(*student, *apart, data.store.schema(), Share::all),
                    "student and teacher read no feature group in common: nothing to share");
}

}  // namespace cascade
