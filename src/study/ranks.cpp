#include "study/ranks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/errors.h"

#ifdef CASCADE_MPI
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace cascade {

namespace {

#ifdef CASCADE_MPI

enum Tag : int { kAsk = 1, kTask, kResult, kQuestion, kAnswer };
constexpr std::size_t kMostBytes = std::size_t{1} << 24;  ///< of one message of MPI
constexpr std::uint64_t kNothing = ~std::uint64_t{0};

bool joined() {
  int initialised = 0;
  int finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  return initialised != 0 && finalised == 0;
}

/// A text of any size goes as its size and then in pieces.
void send(const std::string& text, int target, Tag tag) {
  const std::uint64_t size = text.size();
  MPI_Send(&size, 1, MPI_UINT64_T, target, tag, MPI_COMM_WORLD);
  for (std::size_t at = 0; at < text.size(); at += kMostBytes)
    MPI_Send(text.data() + at, static_cast<int>(std::min(kMostBytes, text.size() - at)), MPI_CHAR, target, tag,
             MPI_COMM_WORLD);
}

std::string receive(int source, Tag tag) {
  std::uint64_t size = 0;
  MPI_Recv(&size, 1, MPI_UINT64_T, source, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  std::string text(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0; at < text.size(); at += kMostBytes)
    MPI_Recv(text.data() + at, static_cast<int>(std::min(kMostBytes, text.size() - at)), MPI_CHAR, source, tag,
             MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return text;
}

#endif

}  // namespace

std::size_t Ranks::launched() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_SIZE"})
    if (const char* text = std::getenv(name); text != nullptr)
      return static_cast<std::size_t>(std::max(1, std::atoi(text)));
  return 1;
}

#ifdef CASCADE_MPI

Ranks::Ranks() {
  if (launched() == 1) return;
  // Open MPI would read long messages from the sender's own memory: a sender that is killed meanwhile then takes the
  // reader with it, before it can say what happened, and containers often forbid it.
  ::setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  if (provided < MPI_THREAD_SERIALIZED)
    throw RefusedError("this MPI serves one thread only; cascade needs MPI_THREAD_SERIALIZED");
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  rank_ = static_cast<std::size_t>(rank);
  size_ = static_cast<std::size_t>(size);
  MPI_Comm machine = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine);
  MPI_Comm_size(machine, &size);
  on_this_machine_ = static_cast<std::size_t>(size);
  MPI_Comm_free(&machine);
}

std::vector<std::string> Ranks::gather(const std::string& text) {
  if (rank_ > 0) {
    send(text, 0, kResult);
    return {};
  }
  std::vector<std::string> texts = {text};
  for (std::size_t r = 1; r < size_; ++r) texts.push_back(receive(static_cast<int>(r), kResult));
  return texts;
}

std::string Ranks::begin(const std::string& text) {
  std::string common = text;
  std::uint64_t size = text.size();
  MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  common.resize(static_cast<std::size_t>(size));
  for (std::size_t at = 0; at < common.size(); at += kMostBytes)
    MPI_Bcast(common.data() + at, static_cast<int>(std::min(kMostBytes, common.size() - at)), MPI_CHAR, 0,
              MPI_COMM_WORLD);
  return common;
}

std::optional<std::size_t> Ranks::ask() {
  const std::lock_guard lock(mutex_);
  std::uint64_t task = kNothing;
  send("", 0, kAsk);
  MPI_Recv(&task, 1, MPI_UINT64_T, 0, kTask, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (task == kNothing) return std::nullopt;
  return static_cast<std::size_t>(task);
}

void Ranks::deliver(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  send(bytes, 0, kResult);
}

std::string Ranks::call(const std::string& question) {
  const std::lock_guard lock(mutex_);
  send(question, 0, kQuestion);
  return receive(0, kAnswer);
}

struct Ranks::Server::State {
  std::atomic<bool> stop = false;
  std::atomic<bool> done = false;
  std::thread thread;
};

Ranks::Server::Server(const Ranks& ranks, Service service) : state_(std::make_unique<State>()) {
  const auto serve = [state = state_.get(), others = ranks.size() - 1, service = std::move(service)] {
    for (std::size_t told = 0; told < others && !state->stop;) {
      MPI_Status status;
      int there = 0;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
      if (there == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(500));
        continue;
      }
      const int source = status.MPI_SOURCE;
      const std::string bytes = receive(source, static_cast<Tag>(status.MPI_TAG));
      if (status.MPI_TAG == kResult) {
        service.take(static_cast<std::size_t>(source), bytes);
        continue;
      }
      if (status.MPI_TAG == kQuestion) {
        send(service.answer(static_cast<std::size_t>(source), bytes), source, kAnswer);
        continue;
      }
      const std::optional<std::size_t> task = service.next(static_cast<std::size_t>(source));
      const std::uint64_t answer = task ? *task : kNothing;
      told += task ? 0 : 1;
      MPI_Send(&answer, 1, MPI_UINT64_T, source, kTask, MPI_COMM_WORLD);
    }
    state->done = true;
  };
  state_->thread = std::thread(serve);
}

void Ranks::leave(int code) {
  if (!joined()) return;
  if (code == 0)
    MPI_Finalize();
  else
    MPI_Abort(MPI_COMM_WORLD, code);
}

#else

Ranks::Ranks() {
  if (const std::size_t n = launched(); n > 1)
    throw RefusedError("started as one of " + std::to_string(n) +
                       " ranks, but this build has no MPI, and each would run everything: build it where Open MPI is "
                       "installed (CASCADE_MPI), or see run --shard");
}

std::vector<std::string> Ranks::gather(const std::string& text) { return {text}; }
std::string Ranks::begin(const std::string& text) { return text; }
std::optional<std::size_t> Ranks::ask() { return std::nullopt; }
void Ranks::deliver(const std::string&) {}
std::string Ranks::call(const std::string&) { return {}; }

struct Ranks::Server::State {
  std::atomic<bool> stop = false;
  std::atomic<bool> done = true;
  std::thread thread;
};

Ranks::Server::Server(const Ranks&, Service) : state_(std::make_unique<State>()) {}

void Ranks::leave(int) {}

#endif

Ranks::Server::~Server() {
  state_->stop = true;
  if (state_->thread.joinable()) state_->thread.join();
}

bool Ranks::Server::done() const { return state_->done; }

}  // namespace cascade
