#include "engine/work_exchange.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "engine/serve_blocks.h"

using namespace cascade;

namespace {

using Answer = WorkExchange::Answer;

/// Pieces 0..n-1, each with its number as text; `made` counts what is made here.
struct Numbers {
  std::vector<std::string> here;
  std::atomic<int> made = 0;
  std::vector<WorkPiece> pieces;

  explicit Numbers(std::size_t n) : here(n) {
    for (std::size_t k = 0; k < n; ++k) {
      WorkPiece piece;
      piece.name = "piece " + std::to_string(k);
      piece.make = [this, k] {
        ++made;
        here[k] = std::to_string(k);
      };
      piece.bytes = [this, k] { return here[k]; };
      piece.accept = [this, k](std::string_view bytes) { here[k] = bytes; };
      pieces.push_back(std::move(piece));
    }
  }
};

}  // namespace

TEST_CASE("a board gives a piece to the first who asks, and again to the next where it failed") {
  WorkBoard board;
  std::string bytes;
  CHECK(board.ask(0, "a", Want::copy, bytes) == Answer::yours);
  CHECK(board.ask(0, "a", Want::copy, bytes) == Answer::elsewhere);
  CHECK(board.ask(1, "a", Want::copy, bytes) == Answer::yours);  // another scope
  board.give_up(0, "a");
  CHECK(board.ask(0, "a", Want::copy, bytes) == Answer::yours);
  board.keep(0, "a", "what came of it");
  CHECK(board.ask(0, "a", Want::nothing, bytes) == Answer::done);
  CHECK(bytes.empty());
  CHECK(board.ask(0, "a", Want::copy, bytes) == Answer::done);
  CHECK(bytes == "what came of it");
  CHECK(board.bytes() == bytes.size());
  CHECK(board.ask(0, "a", Want::last, bytes) == Answer::done);
  CHECK(bytes == "what came of it");
  CHECK(board.bytes() == 0);
  board.close(0);
  CHECK(board.ask(0, "b", Want::copy, bytes) == Answer::over);
  board.keep(0, "a", "late");
  CHECK(board.bytes() == 0);
  CHECK(board.num_kept() == 1);
}

TEST_CASE("pieces are done once among all who share them, and end up with everyone who wants them") {
  constexpr std::size_t kPieces = 40;
  WorkBoard board;
  std::vector<std::unique_ptr<Numbers>> all;
  for (int t = 0; t < 3; ++t) all.push_back(std::make_unique<Numbers>(kPieces));
  std::vector<std::thread> threads;
  for (auto& numbers : all)
    threads.emplace_back([&board, &numbers] {
      WorkBoard::Scope exchange(board, 0);
      share_out(exchange, numbers->pieces, Want::copy, {});
    });
  for (std::thread& thread : threads) thread.join();
  int made = 0;
  for (const auto& numbers : all) {
    made += numbers->made;
    for (std::size_t k = 0; k < kPieces; ++k) CHECK(numbers->here[k] == std::to_string(k));
  }
  CHECK(made == static_cast<int>(kPieces));
  CHECK(board.num_kept() == kPieces);
}

TEST_CASE("a piece waits for those that it needs, also where another is at them") {
  WorkBoard board;
  std::string bytes;
  REQUIRE(board.ask(0, "piece 1", Want::copy, bytes) == Answer::yours);
  Numbers numbers(3);
  numbers.pieces[0].after = {1};
  numbers.pieces[0].make = [&] { numbers.here[0] = "after " + numbers.here[1]; };
  bool other_is_slow = true;
  WorkBoard::Scope exchange(board, 0);
  const RunProgress progress = [&](const std::string&, double) {
    if (!std::exchange(other_is_slow, false)) return;
    CHECK(numbers.here[2] == "2");  // meanwhile
    board.keep(0, "piece 1", "theirs");
  };
  share_out(exchange, numbers.pieces, Want::copy, progress);
  CHECK(numbers.here == std::vector<std::string>{"after theirs", "theirs", "2"});
}

TEST_CASE("a piece that fails is given up, and its exception thrown; who helps does not wait") {
  WorkBoard board;
  WorkBoard::Scope exchange(board, 0);
  Numbers failing(2);
  failing.pieces[1].make = [] { throw InputError("no"); };
  CHECK_THROWS_AS(share_out(exchange, failing.pieces, Want::copy, {}), InputError);
  std::string bytes;
  CHECK(board.ask(0, "piece 1", Want::copy, bytes) == Answer::yours);
  Numbers helper(3);
  share_out(exchange, helper.pieces, Want::nothing, {});  // piece 1 is elsewhere
  CHECK(helper.here == std::vector<std::string>{"", "", "2"});
  board.close(0);
  CHECK_THROWS_AS(share_out(exchange, helper.pieces, Want::nothing, {}), WorkIsOver);
  Numbers own(1);
  own.pieces[0].name.clear();  // everyone's own
  share_out(exchange, own.pieces, Want::copy, {});
  CHECK(own.made == 1);
}

TEST_CASE("blocks that others served come into the arrays, the shorter ones as far as they go") {
  constexpr std::size_t kRequests = 64 * 300 + 5;  // more blocks than pieces
  constexpr std::size_t kFew = 100;
  WorkBoard board;
  WorkBoard::Scope exchange(board, 0);
  struct Side {
    Matrix<double> rows{kRequests, 3};
    std::vector<int> few = std::vector<int>(kFew);
    std::size_t served = 0;
    std::mutex mutex;
    void serve(const SharedWork& work, std::size_t stop_after) {
      const std::vector<RequestRows> arrays = {rows_of(rows), rows_of(few)};
      const RunProgress progress = [&](const std::string&, double) {
        if (served >= stop_after) throw WorkIsOver();
      };
      serve_blocks({work, "all"}, kRequests, arrays, progress, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
          for (std::size_t c = 0; c < 3; ++c) rows(r, c) = static_cast<double>(10 * r + c);
          if (r < kFew) few[r] = static_cast<int>(r + 1);
        }
        const std::lock_guard lock(mutex);
        served += end - begin;
      });
    }
  };
  Side alone;
  Side helper;
  Side owner;
  alone.serve({}, kRequests + 1);
  CHECK_THROWS_AS(helper.serve({&exchange, true}, 64 * 50), WorkIsOver);
  owner.serve({&exchange, false}, kRequests + 1);
  CHECK(alone.served == kRequests);
  CHECK(owner.served < kRequests);
  CHECK(owner.few == alone.few);
  CHECK(std::equal(owner.rows.values().begin(), owner.rows.values().end(), alone.rows.values().begin()));
}
