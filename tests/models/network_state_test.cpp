// Trained networks as bytes, of every kind that learns.
#include "models/network_state.h"

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "models/catalog.h"
#include "models/cold.h"
#include "tests/models/learnable_checks.h"
#include "tests/models/toy_data.h"

namespace cascade {
namespace {

std::string state_of(Learnable<float>& network) {
  ByteWriter writer;
  write_network(writer, network);
  return writer.take();
}

void give_state(const std::string& bytes, Learnable<float>& network) {
  ByteReader reader(bytes);
  read_network(reader, network);
  CHECK(reader.at_end());
}

std::vector<float> all_scores(const Scorer& scorer, const FeatureStore& store) {
  std::vector<ItemId> items(store.num_items());
  std::iota(items.begin(), items.end(), 0U);
  std::vector<float> all;
  for (const UserId user : {0U, 3U, 9U}) {
    std::vector<float> logits(items.size());
    scorer.score(CandidateFeatures(store, user, items), logits);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

std::vector<float> own_logits(Learnable<float>& network, const toy::Data& data) {
  const auto rows = testing::first_rows(data.log.size());
  std::vector<float> logits(rows.size() * network.outputs());
  network.forward({&data.store, &data.log, rows}, logits);
  return logits;
}

/// The second is made alike, and has nothing of the training.
void check_moved(Learnable<float>& trained, Learnable<float>& fresh, const toy::Data& data) {
  CHECK(own_logits(trained, data) != own_logits(fresh, data));
  give_state(state_of(trained), fresh);
  CHECK(own_logits(trained, data) == own_logits(fresh, data));
  CHECK(all_scores(*trained.freeze(data.store), data.store) == all_scores(*fresh.freeze(data.store), data.store));
  CHECK(trained.settled() == fresh.settled());
  CHECK(state_of(trained) == state_of(fresh));
}

}  // namespace

TEST_CASE("a network's state makes one that was made alike score to the same bits") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  for (const auto& entry : model_catalog().entries()) {
    if (!entry.maker.make) continue;
    INFO(entry.name);
    const auto parameters = entry.make_parameters();
    const auto trained = entry.maker.make(*parameters, data.store, 3);
    testing::perturb(*trained, 7);
    check_moved(*trained, *entry.maker.make(*parameters, data.store, 3), data);
  }
}

TEST_CASE("the state of a pruned network in half precision has its masks, in the middle of pruning and at its end") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  ColdParams params;
  params.embedding_dim = 3;
  params.hidden = {10, 6};
  params.interactions = 4;
  params.prune.share = 0.5;
  params.prune.rounds = 2;
  params.precision = Precision::f16;
  params.squash = true;
  const auto make = [&] { return make_gwen<float>("cold", params, data.store, 5); };
  const auto trained = make();
  for (const double share : {0.4, 1.0}) {
    testing::perturb(*trained, 7);
    trained->advance(share);
    testing::perturb(*trained, 8);  // scales move after they were masked
    CHECK_FALSE(trained->shape().empty());
    check_moved(*trained, *make(), data);
  }
}

TEST_CASE("a state is of one kind of network, and whole") {
  const toy::Data data = toy::data(12, 15, 8, 4);
  ColdParams params;
  params.hidden = {10, 6};
  const auto network = make_gwen<float>("cold", params, data.store, 5);
  const std::string bytes = state_of(*network);
  params.hidden = {10, 7};
  const auto wider = make_gwen<float>("cold", params, data.store, 5);
  CHECK_THROWS_AS(give_state(bytes, *wider), InternalError);
  params.hidden = {10, 6};
  params.prune.share = 0.5;
  const auto pruned = make_gwen<float>("cold", params, data.store, 5);
  CHECK_THROWS_AS(give_state(bytes, *pruned), InternalError);
  ByteReader cut(std::string_view(bytes).substr(0, bytes.size() / 2));
  CHECK_THROWS_AS(read_network(cut, *network), ByteReader::Damaged);
}

TEST_CASE("kinds in closed form that are dear to fit come back from their bytes") {
  const toy::Data data = toy::data(40, 60, 400, 8);
  std::size_t kinds = 0;
  for (const auto& entry : model_catalog().entries()) {
    CHECK(static_cast<bool>(entry.maker.to_bytes) == static_cast<bool>(entry.maker.from_bytes));
    if (!entry.maker.to_bytes) continue;
    ++kinds;
    INFO(entry.name);
    const auto parameters = entry.make_parameters();
    const auto fitted = entry.maker.fit(*parameters, data.store, data.log);
    const auto again = entry.maker.from_bytes(*parameters, data.store, entry.maker.to_bytes(*fitted));
    CHECK(all_scores(*fitted, data.store) == all_scores(*again, data.store));
    CHECK(fitted->work().per_candidate.flops == again->work().per_candidate.flops);
  }
  CHECK(kinds == 1);  // lambda_mart
}

}  // namespace cascade
