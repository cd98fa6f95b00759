#include "engine/model_training.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/bytes.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/rng.h"
#include "engine/content_key.h"
#include "engine/expected_work.h"
#include "engine/model_loss.h"
#include "metrics/ranking.h"
#include "models/catalog.h"
#include "models/network_state.h"
#include "train/joint.h"
#include "train/tasks.h"

namespace cascade {

namespace {

bool reads_privileged(const ModelSpec& spec, const FeatureSchema& schema) {
  std::vector<std::string> unknown;
  for (const int g :
       schema.select(model_catalog().find(spec.model.kind)->maker.features(*spec.model.parameters), unknown))
    if (schema[g].side == Side::privileged) return true;
  return false;
}

/// AUC on the held-out day from the features as logged, which models have, too, that cannot serve: of clicks over all
/// exposures, or of conversions over the clicked ones.
double auc_next_day(Learnable<float>& network, const FeatureStore& store, const Logs& logs, Target target) {
  const LogTable clicked = target == Target::conversion ? conversion_log(logs.next_day) : LogTable();
  const LogTable& log = target == Target::conversion ? clicked : logs.next_day;
  return auc(log_logits(network, store, log), log.click);
}

const ModelMaker& maker_of(const std::string& kind) { return model_catalog().find(kind)->maker; }

Progress training_progress(const RunProgress& progress, const std::string& kind) {
  return [&progress, kind](std::int64_t step, std::int64_t total) {
    if (progress && total > 0) progress("training " + kind, static_cast<double>(step) / static_cast<double>(total));
  };
}

/// What a trained network is used for.
void put_to_use(const World& world, const TrainTask& task, Learnable<float>& network) {
  TrainedModel& model = *task.model;
  if (task.teaches && model.log_logits.empty()) {
    model.log_logits = log_logits(network, world.features(), *task.log);
    model.forward_flops = network.flops_per_sample() / 3;  // of a sample's forward and backward
    model.forward_bytes = sizeof(float) * network.lookups_per_sample();
  }
  if (model.scorer == nullptr && !reads_privileged(*task.spec, world.features().schema()))
    model.scorer = network.freeze(world.features());
}

void put_to_use(const World& world, const TrainTask& task) {
  if (task.teaches) task.model->log_logits = log_logits(*task.model->scorer, world.features(), *task.log);
}

template <class Archive, class Model>
void visit_model(Archive& archive, Model& model) {
  auto& summary = model.summary;
  archive.number(summary.steps);
  archive.number(summary.samples);
  archive.number(summary.parameters);
  archive.number(summary.epochs);
  archive.number(summary.train_loss);
  archive.number(summary.held_out_loss);
  archive.number(summary.flops);
  archive.number(summary.bytes);
  visit_numbers(archive, model.log_logits);
  archive.number(model.forward_flops);
  archive.number(model.forward_bytes);
  visit_values(archive, model.facts);
}

template <class Archive, class Weights>
void visit_weights(Archive& archive, Weights& weights) {
  visit_numbers(archive, weights.groups);
  visit_numbers(archive, weights.means);
  archive.number(weights.flops);
}

}  // namespace

std::uint64_t model_seed(const World& world, const std::string& kind, int init) {
  return derive_seed(world.seed(), Stream::model_init, content_hash(kind) + static_cast<std::uint64_t>(init));
}

std::unique_ptr<GroupSelector> selector_of(const World& world, const ModelSpec& spec, int init) {
  const ModelMaker& maker = maker_of(spec.model.kind);
  if (!maker.selector) return nullptr;
  return maker.selector(*spec.model.parameters, world.features(), model_seed(world, spec.model.kind, init));
}

GroupChoice make_network(const World& world, const ModelSpec& spec, const GroupWeights* weights, int init) {
  if (weights != nullptr) return choose_groups(*selector_of(world, spec, init), *weights);
  const std::uint64_t seed = model_seed(world, spec.model.kind, init);
  return {maker_of(spec.model.kind).make(*spec.model.parameters, world.features(), seed), {}};
}

void weigh(const World& world, const WeighTask& task, int init, const RunProgress& progress) {
  const std::string& kind = task.spec->model.kind;
  *task.weights = weigh_groups(*selector_of(world, *task.spec, init), *task.log, task.spec->train,
                               model_seed(world, kind, init), training_progress(progress, kind));
}

std::unique_ptr<Learnable<float>> train_model(const World& world, const TrainTask& task, int init,
                                              const RunProgress& progress) {
  TrainedModel& model = *task.model;
  const ModelMaker& maker = maker_of(model.kind);
  const FeatureStore& store = world.features();
  const LogTable& log = *task.log;
  if (maker.fit) {
    if (model.scorer == nullptr) model.scorer = maker.fit(*task.spec->model.parameters, store, log);
    put_to_use(world, task);
    return nullptr;
  }
  const std::uint64_t seed = model_seed(world, model.kind, init);
  const Progress tell = training_progress(progress, model.kind);
  GroupChoice made = make_network(world, *task.spec, task.weights, init);
  std::unique_ptr<Learnable<float>> network = std::move(made.network);
  model.facts = std::move(made.facts);
  if (task.joint_teacher != nullptr) {
    const auto teacher = make_network(world, *task.joint_teacher, task.joint_teacher_weights, init).network;
    model.summary =
        train_joint(*network, *teacher, store, log, targets_of(*task.spec, log, std::vector<float>(log.size())),
                    task.spec->distill, task.spec->train, seed, tell);
  } else {
    const std::span<const float> taught = task.teacher != nullptr ? task.teacher->log_logits : std::span<const float>();
    const Targets targets = targets_of(*task.spec, log, taught);
    model.summary = train_on(*network, store, log, targets.rows, loss_of(*task.spec, store.schema(), targets),
                             task.spec->train, seed, tell, unit_of(*task.spec, targets));
    if (task.teacher != nullptr) {
      const auto rows = static_cast<double>(num_taught(targets));
      model.summary.flops += task.teacher->forward_flops * rows;
      model.summary.bytes += task.teacher->forward_bytes * rows;
    }
  }
  if (!std::isfinite(model.summary.train_loss))
    throw InputError("the training of a " + model.kind +
                     " diverged: its loss is not a number any more; lower train.learning_rate");
  if (reads_privileged(*task.spec, store.schema()) || task.spec->target == Target::conversion)
    model.facts.emplace_back("auc_next_day", auc_next_day(*network, store, *task.logs, task.spec->target));
  put_to_use(world, task, *network);
  return network;
}

std::string model_bytes(const TrainedModel& model, Learnable<float>* network) {
  ByteWriter writer;
  visit_text(writer, model.key);
  visit_model(writer, model);
  if (network != nullptr) {
    write_network(writer, *network);
  } else {
    const std::string scorer = maker_of(model.kind).to_bytes(*model.scorer);
    visit_text(writer, scorer);
  }
  return writer.take();
}

void accept_model(const World& world, const TrainTask& task, int init, std::string_view bytes) try {
  TrainedModel& model = *task.model;
  ByteReader reader(bytes);
  std::string key;
  visit_text(reader, key);
  CASCADE_CHECK(key == model.key, "the bytes of another model");
  visit_model(reader, model);
  const config::Parameters& parameters = *task.spec->model.parameters;
  if (maker_of(model.kind).fit) {
    std::string scorer;
    visit_text(reader, scorer);
    if (model.scorer == nullptr) model.scorer = maker_of(model.kind).from_bytes(parameters, world.features(), scorer);
    put_to_use(world, task);
    return;
  }
  const auto network = make_network(world, *task.spec, task.weights, init).network;
  read_network(reader, *network);
  put_to_use(world, task, *network);
} catch (const ByteReader::Damaged&) {
  throw InternalError("the bytes of a model are cut short");
}

void train_with_others(const World& world, std::span<const WeighTask> weighings, std::span<const TrainTask> tasks,
                       int init, WorkExchange& exchange, const RunProgress& progress) {
  std::map<const TrainedModel*, std::size_t> number_of;
  for (std::size_t t = 0; t < tasks.size(); ++t) number_of[tasks[t].model] = t;
  const auto teacher_of = [&](std::size_t t) {
    const auto found = number_of.find(tasks[t].teacher);
    return found != number_of.end() ? found->second : tasks.size();  // this: none, or one that is trained already
  };
  // By the work from the begin of a training to the end of the longest that it holds up.
  std::vector<double> work(tasks.size(), 0.0);
  for (std::size_t t = tasks.size(); t-- > 0;) {
    work[t] += expected_training_flops(world.params(), *tasks[t].spec);
    if (const std::size_t teacher = teacher_of(t); teacher < t) work[teacher] = std::max(work[teacher], work[t]);
  }
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return work[a] > work[b]; });
  std::vector<std::size_t> place(tasks.size());
  for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = weighings.size() + k;

  const std::string of_world = "model " + hex(content_hash(content_of(world.params()), world.seed()));
  std::vector<std::unique_ptr<Learnable<float>>> networks(tasks.size());
  std::vector<WorkPiece> pieces;
  std::map<const GroupWeights*, std::size_t> place_of_weights;
  for (const WeighTask& task : weighings) {
    place_of_weights[task.weights] = pieces.size();
    pieces.push_back({of_world + hex(content_hash(task.key)),
                      {},
                      [&world, &task, init, &progress] { weigh(world, task, init, progress); },
                      [&task] {
                        ByteWriter writer;
                        visit_weights(writer, std::as_const(*task.weights));
                        return writer.take();
                      },
                      [&task](std::string_view bytes) {
                        ByteReader reader(bytes);
                        visit_weights(reader, *task.weights);
                      }});
  }
  for (const std::size_t t : order) {
    const ModelMaker& maker = maker_of(tasks[t].model->kind);
    WorkPiece piece;
    if (maker.make || maker.to_bytes) piece.name = of_world + hex(content_hash(tasks[t].model->key));
    if (const std::size_t teacher = teacher_of(t); teacher < tasks.size()) piece.after.push_back(place[teacher]);
    for (const GroupWeights* weights : {tasks[t].weights, tasks[t].joint_teacher_weights})
      if (const auto found = place_of_weights.find(weights); found != place_of_weights.end())
        piece.after.push_back(found->second);
    piece.make = [&, t] { networks[t] = train_model(world, tasks[t], init, progress); };
    piece.bytes = [&, t] {
      const std::unique_ptr<Learnable<float>> network = std::move(networks[t]);
      return model_bytes(*tasks[t].model, network.get());
    };
    piece.accept = [&, t](std::string_view bytes) { accept_model(world, tasks[t], init, bytes); };
    pieces.push_back(std::move(piece));
  }
  share_out(exchange, pieces, Want::copy, progress);
}

}  // namespace cascade
