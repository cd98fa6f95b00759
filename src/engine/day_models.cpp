#include "engine/day_models.h"

#include <algorithm>
#include <iterator>

#include "base/errors.h"
#include "engine/funnel_logs.h"
#include "engine/model_loss.h"
#include "engine/model_training.h"
#include "train/tasks.h"

namespace cascade {

namespace {

/// Day of an hour that may be negative, from that of hour 0.
int day_of(int hour, int first_day) {
  return first_day + (hour >= 0 ? hour / kHoursADay : -((-hour + kHoursADay - 1) / kHoursADay));
}

}  // namespace

DayLogs::DayLogs(const World& world, const LogTable& logs, int days) : world_(world), table_(logs) {
  rows_.resize(static_cast<std::size_t>(days));
  for (std::size_t row = 0; row < table_.size(); ++row)
    if (table_.space[row] == Space::exposed && table_.day[row] < days)
      rows_[table_.day[row]].push_back(static_cast<std::uint32_t>(row));
  const std::size_t items = world.features().num_items();
  mornings_.push_back({std::vector<std::uint32_t>(items, 0), std::vector<std::uint32_t>(items, 0)});
  for (const std::vector<std::uint32_t>& of_day : rows_) count(of_day);
}

void DayLogs::count(std::span<const std::uint32_t> rows) {
  Counts next = mornings_.back();
  for (const std::uint32_t row : rows) {
    ++next.impressions[table_.item[row]];
    next.clicks[table_.item[row]] += table_.click[row];
  }
  mornings_.push_back(std::move(next));
}

std::span<const std::uint32_t> DayLogs::append(const LogTable& rows) {
  const std::size_t first = today_.size();
  for (std::size_t row = 0; row < rows.size(); ++row) today_.push_back(static_cast<std::uint32_t>(table_.size() + row));
  append_log(table_, rows);
  return std::span(today_).subspan(first);
}

LogTable DayLogs::before(int day) const {
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < table_.size(); ++row)
    if (table_.day[row] < day) rows.push_back(static_cast<std::uint32_t>(row));
  return take_rows(table_, rows);
}

void DayLogs::end_day() {
  count(today_);
  rows_.push_back(std::move(today_));
  today_.clear();
}

std::shared_ptr<const FeatureStore> DayLogs::features(int day) {
  constexpr std::size_t kKept = 4;
  std::shared_ptr<const FeatureStore>& found = features_[day];
  if (found != nullptr) return found;
  const Counts& counts = mornings_[static_cast<std::size_t>(day)];
  found = std::make_shared<FeatureStore>(world_.features_on(day, counts.impressions, counts.clicks));
  std::shared_ptr<const FeatureStore> result = found;
  if (features_.size() > kKept)  // the earliest, or the latest where this one is
    features_.erase(features_.begin()->first == day ? std::prev(features_.end()) : features_.begin());
  return result;
}

std::vector<std::uint32_t> DayLogs::impressions(int day) const {
  std::vector<std::uint32_t> all = mornings_[static_cast<std::size_t>(day)].impressions;
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] += static_cast<std::uint32_t>(world_.features().item(static_cast<ItemId>(i)).impressions);
  return all;
}

DayModel::DayModel(const World& world, const Scenario& scenario, const std::string& name, int init, bool serves)
    : world_(world),
      name_(name),
      spec_(*find_model(scenario, name)),
      freshness_(spec_.freshness),
      maker_(model_catalog().find(spec_.model.kind)->maker),
      log_days_(scenario.logs.days),
      init_(init),
      serves_(serves) {}

void DayModel::listen_to(DayModel& teacher) {
  teacher_ = &teacher;
  teacher.teaches_ = true;
}

std::unique_ptr<Learnable<float>> DayModel::make(const DayLogs& logs) const {
  const auto selector = selector_of(world_, spec_, init_);
  if (selector == nullptr) return make_network(world_, spec_, nullptr, init_).network;
  const std::uint64_t seed = model_seed(world_, spec_.model.kind, init_);
  const GroupWeights weights = spec_.target == Target::conversion
                                   ? weigh_groups(*selector, conversion_log(logs.table()), spec_.train, seed)
                                   : weigh_groups(*selector, logs.table(), spec_.train, seed);
  return make_network(world_, spec_, &weights, init_).network;
}

void DayModel::fit(const DayLogs& logs, const FeatureStore& features, int end) {
  if (end >= log_days_) {
    fitted_ = maker_.fit(*spec_.model.parameters, features, logs.table());
  } else if (teaches_) {
    fitted_ = maker_.fit(*spec_.model.parameters, features, logs.before(end));
  }
}

void DayModel::train(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features,
                     bool one_pass) {
  LogTable log = take_rows(logs.table(), rows);
  if (spec_.target == Target::conversion) log = conversion_log(log);
  std::vector<float> taught;
  if (teacher_ != nullptr) taught = teacher_->teach(log, features);
  const Targets targets = targets_of(spec_, log, taught);
  const LossFunction<float> loss = loss_of(spec_, features.schema(), targets);
  const OnlineTraining::Lesson lesson{features, log, targets.rows, loss, unit_of(spec_, targets)};
  if (one_pass)
    training_->pass(lesson);
  else
    training_->epochs(lesson);
  if (teacher_ != nullptr) flops_ += teacher_->teaching_flops() * static_cast<double>(num_taught(targets));
}

std::vector<float> DayModel::teach(const LogTable& log, const FeatureStore& features) {
  if (maker_.fit) return log_logits(*fitted_, features, log);
  const std::lock_guard lock(forward_);
  return log_logits(training_->model(), features, log);
}

double DayModel::teaching_flops() const { return maker_.fit ? 0 : training_->forward_flops(); }

bool DayModel::is_due(int served) const {
  switch (freshness_.update) {
    case Update::daily:
      return true;
    case Update::every_n_days:
      return served % freshness_.every == 0;
    case Update::online:
    case Update::never:
      break;
  }
  return false;
}

int DayModel::first_day_of_update(int end) const {
  if (end <= log_days_ || !freshness_.from_scratch) return learned_;
  return freshness_.window > 0 ? std::max(0, end - freshness_.window) : 0;
}

void DayModel::learn_days(const DayLogs& logs, int end, const Features& features) {
  const int first = first_day_of_update(end);
  learned_ = end;
  if (end > log_days_) ++updates_;
  if (maker_.fit) return fit(logs, features(end - 1), end);
  if (!training_ || (freshness_.from_scratch && end > log_days_)) {
    if (training_) {
      steps_ += training_->steps();
      samples_ += training_->samples();
      flops_ += training_->flops();
    }
    training_.emplace(make(logs), spec_.train, model_seed(world_, spec_.model.kind, init_));
  }
  for (int day = first; day < end; ++day) train(logs, logs.rows(day), features(day), false);
}

void DayModel::learn_rows(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features) {
  ++updates_;
  if (maker_.fit) return fit(logs, features, logs.days());
  train(logs, rows, features, true);
}

void DayModel::publish(int hour, const FeatureStore& features) {
  if (!serves_) return;
  std::shared_ptr<const Scorer> scorer = fitted_;
  if (!maker_.fit) scorer = training_->model().freeze(features);
  versions_.publish(hour, std::move(scorer), hour < 0 ? hour / kHoursADay : updates_);
  versions_.forget_before(hour - freshness_.item_vectors_late_by);
}

DayModel::Serving DayModel::serving(int hour) const {
  const Version live = versions_.at(hour);
  if (freshness_.item_vectors_late_by == 0) return {live.scorer, live.updates, live.updates};
  const Version late = versions_.at(hour - freshness_.item_vectors_late_by);
  const int day = day_of(late.hour, log_days_);
  std::vector<ItemId> unknown;
  for (ItemId i = 0; i < world_.features().num_items(); ++i)
    if (!world_.listed(i, day)) unknown.push_back(i);
  const Version& users = freshness_.mixed ? live : late;
  const auto as_vectors = [&](const Version& version) {
    auto vectors = std::dynamic_pointer_cast<const InnerProductScorer>(version.scorer);
    CASCADE_CHECK(vectors != nullptr, "late item vectors need an inner-product model: " + name_);
    return vectors;
  };
  return {late_item_vectors(as_vectors(users), as_vectors(late), unknown), users.updates, late.updates};
}

NamedValues DayModel::facts() const {
  return {{"days_updates", updates_},
          {"days_steps", static_cast<double>(steps_ + (training_ ? training_->steps() : 0))},
          {"days_samples", static_cast<double>(samples_ + (training_ ? training_->samples() : 0))},
          {"days_train_flops", flops_ + (training_ ? training_->flops() : 0)}};
}

}  // namespace cascade
