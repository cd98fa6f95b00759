#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "study/campaign.h"

namespace cascade {

/// With this before it, a text that a rank gives to gather() is the reason why it cannot take part.
inline constexpr char kRankFault = '!';

/// The processes that one run is spread over, numbered from 0: the project's one door to MPI. A process that no
/// launcher (mpirun, srun) started is the only rank, and MPI is not touched then.
class Ranks {
 public:
  /// How many processes a launcher says it has started; 1 without one.
  static std::size_t launched();
  /// Joins the other ranks. Throws RefusedError where there are others but this build has no MPI.
  Ranks();
  std::size_t rank() const { return rank_; }
  std::size_t size() const { return size_; }
  /// Ranks on this machine, this one included: they share its memory.
  std::size_t on_this_machine() const { return on_this_machine_; }

  /// Rank 0 gets everyone's text, by rank, and may then throw; the others go on once rank 0 calls begin().
  std::vector<std::string> gather(const std::string& text);
  /// Everyone gets rank 0's text.
  std::string begin(const std::string& text);

  /// On ranks above 0: the next task that rank 0 has for this one; nothing when all are given out.
  std::optional<std::size_t> ask();
  /// On ranks above 0: sends rank 0 what came of a task.
  void deliver(const std::string& bytes);
  /// On ranks above 0, from any thread: rank 0's answer to a question.
  std::string call(const std::string& question);

  /// What rank 0 has for the others. Called on one thread; must not throw.
  struct Service {
    std::function<std::optional<std::size_t>(std::size_t rank)> next;      ///< the task for the rank that asks
    std::function<void(std::size_t rank, const std::string& bytes)> take;  ///< what was delivered
    std::function<std::string(std::size_t rank, const std::string& question)> answer;
  };

  /// On rank 0, meanwhile: serves the others on a thread of its own until each has been told that nothing is left.
  class Server {
   public:
    Server(const Ranks& ranks, Service service);
    ~Server();  ///< stops answering
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    bool done() const;

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  /// The end of the process as one of several: with code 0 it waits for the others, else it ends them all at once.
  /// Nothing for a process that is alone.
  static void leave(int code);

 private:
  std::mutex mutex_;  ///< of who speaks to rank 0
  std::size_t rank_ = 0;
  std::size_t size_ = 1;
  std::size_t on_this_machine_ = 1;
};

/// run_campaign() with its parts spread over ranks; every rank calls it with the same study, rank 0 gets the result.
/// Whole replicates are given out, or where their ends are long, pieces of them. Ranks that are left over help with
/// those: each model of a replicate is trained by one rank and sent to the others by way of rank 0, and so are the rows
/// of blocks of requests. Finished parts go to rank 0, which alone needs the store. Throws as run_campaign() does, on
/// rank 0; the other ranks only by their `poll`.
std::optional<StudyResult> run_on_ranks(const Study& study, const Campaign& campaign, Ranks& ranks);

}  // namespace cascade
