#include "engine/day_models.h"

#include <algorithm>
#include <iterator>

#include "base/errors.h"
#include "base/files.h"
#include "base/rng.h"
#include "engine/funnel_logs.h"
#include "train/choose_groups.h"

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

DayModel::DayModel(const World& world, const Scenario& scenario, const std::string& name, int init)
    : world_(world),
      name_(name),
      spec_(*find_model(scenario, name)),
      freshness_(spec_.freshness),
      maker_(model_catalog().find(spec_.model.kind)->maker),
      log_days_(scenario.logs.days) {
  // As Universe trains: the seed names kind and initialisation only.
  seed_ =
      derive_seed(world.seed(), Stream::model_init, content_hash(spec_.model.kind) + static_cast<std::uint64_t>(init));
}

std::unique_ptr<Learnable<float>> DayModel::make(const DayLogs& logs) const {
  const FeatureStore& store = world_.features();
  const config::Parameters& parameters = *spec_.model.parameters;
  const auto selector = maker_.selector ? maker_.selector(parameters, store, seed_) : nullptr;
  if (selector == nullptr) return maker_.make(parameters, store, seed_);
  return std::move(choose_groups(*selector, weigh_groups(*selector, logs.table(), spec_.train, seed_)).network);
}

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
  if (maker_.fit) {
    if (end >= log_days_) fitted_ = maker_.fit(*spec_.model.parameters, features(end - 1), logs.table());
    return;
  }
  if (!training_ || (freshness_.from_scratch && end > log_days_)) {
    if (training_) {
      steps_ += training_->steps();
      samples_ += training_->samples();
      flops_ += training_->flops();
    }
    training_.emplace(make(logs), spec_.train, seed_);
  }
  for (int day = first; day < end; ++day) training_->epochs(features(day), logs.table(), logs.rows(day));
}

void DayModel::learn_rows(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features) {
  ++updates_;
  if (maker_.fit)
    fitted_ = maker_.fit(*spec_.model.parameters, features, logs.table());
  else
    training_->pass(features, logs.table(), rows);
}

void DayModel::publish(int hour, const FeatureStore& features) {
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
