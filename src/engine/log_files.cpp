#include "engine/log_files.h"

#include <algorithm>

#include "base/errors.h"
#include "data/log_csv.h"

namespace cascade {

Logs logs_from_file(const World& world, const LogsSpec& spec, std::size_t& bad_rows) {
  const FeatureStore& store = world.features();
  const auto found = std::find_if(spec.files.begin(), spec.files.end(),
                                  [&](const auto& known) { return known.first == world.seed(); });
  CASCADE_CHECK(found != spec.files.end(), "this world has a file of logs");
  const std::filesystem::path& file = found->second;
  LogCsv read = read_log_csv(file, store.schema(),
                             {store.num_users(), store.num_items(), static_cast<std::size_t>(spec.bad_rows)});
  bad_rows = read.bad_rows;
  const auto fail = [&](const std::string& what) { throw InputError(file.string() + ": " + what); };
  if (!read.has_train) fail("there is no row of set train: nothing could be learned");
  const std::vector<std::uint16_t>& days = read.logs.train.day;
  if (!std::is_sorted(days.begin(), days.end())) fail("the rows of set train are not in the order of their days");
  if (days.back() >= spec.days)
    fail("set train has rows of day " + std::to_string(days.back()) + ", but logs.days is " +
         std::to_string(spec.days) + ": days count from 0");
  const bool lacks_next_day = !read.has_next_day;
  const bool lacks_all_space = !read.has_all_space && spec.all_space_rows > 0;
  if (!lacks_next_day && !lacks_all_space) return std::move(read.logs);
  if (spec.policy.kind == PolicyKind::funnel)
    fail(std::string("there is no row of set ") + (lacks_next_day ? "next_day" : "all_space") +
         ", and only the policies random and popularity can be simulated beside a file");
  Logs simulated = world.simulate_logs(spec);
  if (lacks_next_day) read.logs.next_day = std::move(simulated.next_day);
  if (lacks_all_space) read.logs.all_space = std::move(simulated.all_space);
  return std::move(read.logs);
}

}  // namespace cascade
