#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/progress.h"

namespace cascade {

/// What a process does with a piece of work that another has done.
enum class Want {
  nothing,  ///< it only has to be done
  copy,     ///< others may want it, too
  last,     ///< nobody else wants it
};

/// Work that several processes have in common, in pieces: a piece is done by one of them, and the others get what came
/// of it as bytes. All of them must know the same pieces by the same names. Used by all threads at once.
class WorkExchange {
 public:
  enum class Answer {
    yours,      ///< it is to be done here, now: keep() or give_up() follows
    elsewhere,  ///< another is at it: ask again
    done,       ///< `bytes` are what was kept, where they are wanted
    over,       ///< nobody needs any of the work any more
  };
  virtual ~WorkExchange() = default;
  virtual Answer ask(const std::string& piece, Want want, std::string& bytes) = 0;
  virtual void keep(const std::string& piece, std::string bytes) = 0;
  /// The piece failed here: it is for the next who asks.
  virtual void give_up(const std::string& piece) = 0;
};

/// How a process takes part in work that others do, too. Alone unless it is given an exchange.
struct SharedWork {
  WorkExchange* exchange = nullptr;
  bool helps = false;  ///< it does pieces for another process, which alone puts the results together
};

/// Thrown where work turns out to be over.
struct WorkIsOver {};

/// One piece as one process sees it.
struct WorkPiece {
  std::string name;                              ///< empty: every process does it for itself
  std::vector<std::size_t> after;                ///< pieces, by number, that must be here before
  std::function<void()> make;                    ///< does it here
  std::function<std::string()> bytes;            ///< of a piece made here, for the others
  std::function<void(std::string_view)> accept;  ///< takes over what another has made
};

/// Sees that all pieces are done, each by some process, and, where they are wanted, that they are here. Pieces are
/// begun in their order, side by side on the threads there are. The first exception of a piece is thrown. Nobody waits
/// for others while having a piece of their own, so that no two processes can wait for each other.
void share_out(WorkExchange& exchange, std::span<const WorkPiece> pieces, Want want, const RunProgress& progress);

/// The exchange of threads of one process, and what the process that answers for several keeps. Its pieces lie in
/// scopes, numbered by whoever uses it.
class WorkBoard {
 public:
  using Answer = WorkExchange::Answer;
  Answer ask(std::size_t scope, const std::string& piece, Want want, std::string& bytes);
  void keep(std::size_t scope, const std::string& piece, std::string bytes);
  void give_up(std::size_t scope, const std::string& piece);
  /// Forgets what was kept in a scope; from now on its work is over.
  void close(std::size_t scope);
  std::size_t num_kept() const;  ///< pieces that were kept since the beginning
  std::size_t bytes() const;     ///< that lie here now

  /// A scope as an exchange. Refers to the board.
  class Scope final : public WorkExchange {
   public:
    Scope(WorkBoard& board, std::size_t scope) : board_(board), scope_(scope) {}
    Answer ask(const std::string& piece, Want want, std::string& bytes) override {
      return board_.ask(scope_, piece, want, bytes);
    }
    void keep(const std::string& piece, std::string bytes) override { board_.keep(scope_, piece, std::move(bytes)); }
    void give_up(const std::string& piece) override { board_.give_up(scope_, piece); }

   private:
    WorkBoard& board_;
    std::size_t scope_;
  };

 private:
  struct Kept {
    bool done = false;
    std::string bytes;
  };
  struct Pieces {
    bool closed = false;
    std::map<std::string, Kept> by_name;
  };
  mutable std::mutex mutex_;
  std::map<std::size_t, Pieces> scopes_;
  std::size_t num_kept_ = 0;
};

}  // namespace cascade
