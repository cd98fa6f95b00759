#include <algorithm>
#include <array>
#include <bit>

#include "base/errors.h"
#include "base/parallel.h"
#include "world/truth.h"

namespace cascade {
namespace {

constexpr int kPageTries = 64;  // draws of a slot before the next free id is taken

/// 0: no click; else 1 + floor(log2 of the seconds), at most 11.
std::uint8_t dwell_bucket(float seconds) {
  const auto whole = static_cast<std::uint32_t>(std::min(seconds, 1e6f));
  return static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::bit_width(whole)), 1, 11));
}

void set_row(LogTable& table, std::size_t row, const World& world, std::uint64_t sample, const Request& request,
             ItemId item, int position, Space space, float score, double position_bias, bool labelled) {
  table.request[row] = request.index;
  table.user[row] = request.user;
  table.item[row] = item;
  table.day[row] = static_cast<std::uint16_t>(request.day);
  table.position[row] = static_cast<std::uint16_t>(position);
  table.space[row] = space;
  table.score[row] = score;
  if (!labelled) return;
  const Reaction reaction = world.react(sample, request, item, position, position_bias);
  if (!reaction.click) return;
  table.click[row] = 1;
  table.convert[row] = reaction.convert ? 1 : 0;
  table.dwell_s[row] = reaction.dwell_s;
  table.privileged[0][row] = dwell_bucket(reaction.dwell_s);
  table.privileged[1][row] = reaction.comments;
  table.privileged[2][row] = reaction.contacted;
}

/// Cross features of rows [first, first + items.size()), all of one user.
void set_cross(LogTable& table, std::size_t first, const FeatureStore& store, UserId user,
               std::span<const ItemId> items, std::vector<std::uint32_t>& scratch) {
  scratch.resize(items.size());
  std::size_t place = 0;
  for (int g = 0; g < store.schema().size(); ++g) {
    if (store.schema()[g].side != Side::cross) continue;
    store.cross(user, items, g, scratch);
    for (std::size_t k = 0; k < items.size(); ++k)
      table.cross[place][first + k] = static_cast<std::uint8_t>(scratch[k]);
    ++place;
  }
}

/// A page without duplicates.
void fill_page(const World::Truth& t, std::uint64_t sample, const Request& request, const SlotMix& mix,
               std::span<ItemId> page) {
  Rng rng(t.seed, Stream::log_exposure, request_key(sample, request.index));
  const std::vector<ItemId>& clicks = t.store.front().user(request.user).recent_clicks;
  const std::uint32_t segment = t.users[request.user].segment;
  for (std::size_t k = 0; k < page.size(); ++k) {
    const auto taken = [&](ItemId item) {
      return std::find(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(k), item) !=
             page.begin() + static_cast<std::ptrdiff_t>(k);
    };
    ItemId item = pick_listed(t, mix, segment, clicks, request.day, rng);
    for (int attempt = 1; attempt < kPageTries && taken(item); ++attempt)
      item = pick_listed(t, mix, segment, clicks, request.day, rng);
    while (taken(item)) item = t.next_listed(item + 1 < t.num_items ? item + 1 : 0, request.day);
    page[k] = item;
  }
}

constexpr std::size_t kLogBlock = 256;  // requests logged by one task

SlotMix mix_of(const PolicyParams& policy) {
  const bool random = policy.kind == PolicyKind::random;
  return {random ? 1.0 : policy.explore, random ? 0.0 : policy.affine};
}

/// Rows [first, first + items.size()): the page of one request. `items` and `scratch` are overwritten.
void log_page(LogTable& table, std::size_t first, const World& world, std::uint64_t sample, const Request& request,
              const LogsParams& params, std::span<ItemId> items, std::vector<std::uint32_t>& scratch) {
  fill_page(world.truth(), sample, request, mix_of(params.policy), items);
  for (std::size_t k = 0; k < items.size(); ++k)
    set_row(table, first + k, world, sample, request, items[k], static_cast<int>(k), Space::exposed, 0.0f,
            params.position_bias, true);
  set_cross(table, first, world.features(), request.user, items, scratch);
}

/// As many as are listed on a day must fill a page.
void check_page(const World& world, const LogsParams& params, int day) {
  const std::size_t listed = world.features().num_items() - world.num_unlisted(day);
  if (static_cast<std::size_t>(params.page) > listed)
    throw InputError("logs.page: must be at most world.items = " + std::to_string(world.features().num_items()) +
                     (listed < world.features().num_items()
                          ? ", of which " + std::to_string(listed) + " are listed on day " + std::to_string(day)
                          : std::string()) +
                     ", got " + std::to_string(params.page));
}

}  // namespace

void append_row(LogTable& table, const World& world, std::uint64_t sample, const Request& request, ItemId item,
                int position, Space space, float score, double position_bias) {
  const std::size_t row = table.size();
  table.resize(row + 1, world.features().schema());
  set_row(table, row, world, sample, request, item, position, space, score, position_bias, space == Space::exposed);
  std::vector<std::uint32_t> scratch;
  set_cross(table, row, world.features(), request.user, std::span<const ItemId>(&item, 1), scratch);
}

Logs World::simulate_logs(const LogsParams& params) const {
  CASCADE_CHECK(params.policy.kind != PolicyKind::funnel, "a funnel's logs are made by the engine");
  const Truth& t = *truth_;
  const FeatureStore& store = features();
  const auto page = static_cast<std::size_t>(params.page);
  check_page(*this, params, 0);
  const auto requests_a_day = static_cast<std::size_t>(params.requests_a_day);
  const auto days = static_cast<std::size_t>(params.days);

  Logs logs;
  const auto log_days = [&](LogTable& table, std::size_t first_day, std::size_t num_days) {
    const std::size_t requests = num_days * requests_a_day;
    table.resize(requests * page, store.schema());
    for_each_block(requests, kLogBlock, [&](std::size_t begin, std::size_t end) {
      std::vector<ItemId> items(page);
      std::vector<std::uint32_t> scratch;
      for (std::size_t r = begin; r < end; ++r) {
        const std::size_t index = first_day * requests_a_day + r;
        const Request one = request(kLogSample, index, static_cast<int>(index / requests_a_day));
        log_page(table, r * page, *this, kLogSample, one, params, items, scratch);
      }
    });
  };
  log_days(logs.train, 0, days);
  log_days(logs.next_day, days, 1);

  // All-scenario: the held-out day's requests in turn, each with uniform items.
  const auto rows = static_cast<std::size_t>(params.all_space_rows);
  logs.all_space.resize(rows, store.schema());
  for_each_block((rows + page - 1) / page, kLogBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<ItemId> items;
    std::vector<std::uint32_t> scratch;
    for (std::size_t r = begin; r < end; ++r) {
      const Request one = request(kLogSample, days * requests_a_day + r % requests_a_day, static_cast<int>(days));
      Rng rng(t.seed, Stream::log_exposure, request_key(kLogSample, one.index),
              static_cast<std::uint32_t>(1 + r / requests_a_day));
      const std::size_t first = r * page;
      items.resize(std::min(page, rows - first));
      for (ItemId& item : items) {
        item = pick_below(rng, static_cast<std::uint32_t>(t.num_items));
        for (int attempt = 1; attempt < kPageTries && !t.listed(item, one.day); ++attempt)
          item = pick_below(rng, static_cast<std::uint32_t>(t.num_items));
        item = t.next_listed(item, one.day);
      }
      for (std::size_t k = 0; k < items.size(); ++k)
        set_row(logs.all_space, first + k, *this, kLogSample, one, items[k], 0, Space::random, 0.0f, 0.0, true);
      set_cross(logs.all_space, first, store, one.user, items, scratch);
    }
  });
  return logs;
}

LogTable World::log_requests(const LogsParams& params, std::uint64_t sample, std::span<const Request> requests) const {
  CASCADE_CHECK(params.policy.kind != PolicyKind::funnel, "a funnel's logs are made by the engine");
  const auto page = static_cast<std::size_t>(params.page);
  LogTable table;
  table.resize(requests.size() * page, features().schema());
  for_each_block(requests.size(), kLogBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<ItemId> items(page);
    std::vector<std::uint32_t> scratch;
    for (std::size_t r = begin; r < end; ++r)
      log_page(table, r * page, *this, sample, requests[r], params, items, scratch);
  });
  return table;
}

}  // namespace cascade
