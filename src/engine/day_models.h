#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/environment.h"
#include "engine/replicate.h"
#include "engine/versions.h"
#include "models/catalog.h"
#include "train/freshness.h"
#include "train/online.h"

namespace cascade {

/// All that was logged so far, day by day, and what models may see on the morning of each day.
class DayLogs {
 public:
  /// Starts with the days of the logs.
  DayLogs(const World& world, const LogTable& logs, int days);

  int days() const { return static_cast<int>(rows_.size()); }  ///< complete ones
  const LogTable& table() const { return table_; }
  std::span<const std::uint32_t> rows(int day) const { return rows_[static_cast<std::size_t>(day)]; }
  LogTable before(int day) const;  ///< a copy of all rows of earlier days
  /// Appends rows to the day that is under way; returns their numbers.
  std::span<const std::uint32_t> append(const LogTable& rows);
  /// The day under way is over.
  void end_day();

  /// Features on the morning of a day, complete or under way. Not for several threads at once; the latest are kept.
  std::shared_ptr<const FeatureStore> features(int day);
  /// Impressions of every item before that morning, those of the histories among them.
  std::vector<std::uint32_t> impressions(int day) const;

 private:
  struct Counts {
    std::vector<std::uint32_t> impressions;  ///< [items]
    std::vector<std::uint32_t> clicks;
  };
  void count(std::span<const std::uint32_t> rows);

  const World& world_;
  LogTable table_;
  std::vector<std::vector<std::uint32_t>> rows_;  ///< [day] exposed rows
  std::vector<std::uint32_t> today_;
  std::vector<Counts> mornings_;  ///< [days() + 1]
  std::map<int, std::shared_ptr<const FeatureStore>> features_;
};

/// A model that learns day after day as its freshness says, and serves, or teaches others, or both.
class DayModel {
 public:
  DayModel(const World& world, const Scenario& scenario, const std::string& name, int init, bool serves);

  const std::string& name() const { return name_; }
  bool serves() const { return serves_; }
  bool is_online() const { return freshness_.update == Update::online; }
  bool needs_versions_of_logs() const { return serves_ && freshness_.item_vectors_late_by > 0; }
  /// The name of who teaches it; empty: nobody.
  std::string teacher_name() const { return spec_.is_taught() ? spec_.distill.teacher : ""; }
  /// From now on this model labels what it learns from. The teacher must outlive it.
  void listen_to(DayModel& teacher);
  /// Teachers between it and one that nobody teaches. Who teaches learns first.
  int depth() const { return teacher_ == nullptr ? 0 : 1 + teacher_->depth(); }
  /// Whether it learns on the morning of this day, the `served`th after the logs (from 0).
  bool is_due(int served) const;

  /// Learns from the days from first_day_of_update(end) to the one before `end` in order, each with the features of its
  /// morning.
  using Features = std::function<const FeatureStore&(int day)>;
  int first_day_of_update(int end) const;
  void learn_days(const DayLogs& logs, int end, const Features& features);
  /// Rows of the day under way, in order; they count as one update.
  void learn_rows(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features);

  /// Takes what it knows now, with these features, as the version of an hour. Nothing for models that do not serve.
  void publish(int hour, const FeatureStore& features);
  /// REQUIRES that it serves. Who does so at an hour: with late item vectors those of the version live so many hours
  /// before, where items that were not listed on the day of that version have none.
  struct Serving {
    std::shared_ptr<const Scorer> scorer;
    int updates = 0;
    int item_updates = 0;
  };
  Serving serving(int hour) const;

  NamedValues facts() const;

 private:
  std::unique_ptr<Learnable<float>> make(const DayLogs& logs) const;
  void fit(const DayLogs& logs, const FeatureStore& features, int end);
  /// Learns from rows of the log: a batch training, or one pass in their order.
  void train(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features, bool one_pass);
  /// Logits, as it is now, of all rows of a log, for its students; they may ask side by side.
  std::vector<float> teach(const LogTable& log, const FeatureStore& features);
  double teaching_flops() const;  ///< counted work of that a row

  const World& world_;
  std::string name_;
  const ModelSpec& spec_;
  FreshnessParams freshness_;
  const ModelMaker& maker_;
  int log_days_ = 0;
  int init_ = 0;
  bool serves_ = true;
  bool teaches_ = false;
  DayModel* teacher_ = nullptr;
  std::mutex forward_;                      ///< of training_: a forward pass keeps what backward() needs
  std::optional<OnlineTraining> training_;  ///< nothing for models in closed form
  std::shared_ptr<const Scorer> fitted_;    ///< of models in closed form
  Versions versions_;
  int learned_ = 0;         ///< days of logs that it has learned from, or is beyond
  int updates_ = 0;         ///< since the logs
  std::int64_t steps_ = 0;  ///< of trainings that were given up for one from scratch
  std::int64_t samples_ = 0;
  double flops_ = 0;
};

}  // namespace cascade
