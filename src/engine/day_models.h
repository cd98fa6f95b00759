#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/environment.h"
#include "engine/replicate.h"
#include "engine/versions.h"
#include "models/catalog.h"
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

/// A model that serves day after day and learns as its freshness says.
class DayModel {
 public:
  DayModel(const World& world, const Scenario& scenario, const std::string& name, int init);

  const std::string& name() const { return name_; }
  bool is_online() const { return freshness_.update == Update::online; }
  bool needs_versions_of_logs() const { return freshness_.item_vectors_late_by > 0; }
  /// Whether it learns on the morning of this day, the `served`th after the logs (from 0).
  bool is_due(int served) const;

  /// Learns from the days from first_day_of_update(end) to the one before `end` in order, each with the features of its
  /// morning.
  using Features = std::function<const FeatureStore&(int day)>;
  int first_day_of_update(int end) const;
  void learn_days(const DayLogs& logs, int end, const Features& features);
  /// Rows of the day under way, in order; they count as one update.
  void learn_rows(const DayLogs& logs, std::span<const std::uint32_t> rows, const FeatureStore& features);

  /// Takes what it knows now, with these features, as the version of an hour.
  void publish(int hour, const FeatureStore& features);
  /// Who serves at an hour: with late item vectors those of the version live so many hours before, where items that
  /// were not listed on the day of that version have none.
  struct Serving {
    std::shared_ptr<const Scorer> scorer;
    int updates = 0;
    int item_updates = 0;
  };
  Serving serving(int hour) const;

  NamedValues facts() const;

 private:
  std::unique_ptr<Learnable<float>> make(const DayLogs& logs) const;

  const World& world_;
  std::string name_;
  const ModelSpec& spec_;
  FreshnessParams freshness_;
  const ModelMaker& maker_;
  int log_days_ = 0;
  std::uint64_t seed_ = 0;
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
