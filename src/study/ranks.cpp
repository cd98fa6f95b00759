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

enum Tag : int { kAsk = 1, kTask, kResult };
constexpr std::uint64_t kNothing = ~std::uint64_t{0};

bool joined() {
  int initialised = 0;
  int finalised = 0;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  return initialised != 0 && finalised == 0;
}

int count_of(const std::string& text) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  CASCADE_CHECK(text.size() < kMost, "a part is larger than a message may be");
  return static_cast<int>(text.size());
}

std::string receive(int source, Tag tag) {
  MPI_Status status;
  MPI_Probe(source, tag, MPI_COMM_WORLD, &status);
  int n = 0;
  MPI_Get_count(&status, MPI_CHAR, &n);
  std::string text(static_cast<std::size_t>(n), '\0');
  MPI_Recv(text.data(), n, MPI_CHAR, status.MPI_SOURCE, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
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
    MPI_Send(text.data(), count_of(text), MPI_CHAR, 0, kResult, MPI_COMM_WORLD);
    return {};
  }
  std::vector<std::string> texts = {text};
  for (std::size_t r = 1; r < size_; ++r) texts.push_back(receive(static_cast<int>(r), kResult));
  return texts;
}

std::string Ranks::begin(const std::string& text) {
  std::string common = text;
  int n = count_of(text);
  MPI_Bcast(&n, 1, MPI_INT, 0, MPI_COMM_WORLD);
  common.resize(static_cast<std::size_t>(n));
  MPI_Bcast(common.data(), n, MPI_CHAR, 0, MPI_COMM_WORLD);
  return common;
}

std::optional<std::size_t> Ranks::ask() {
  std::uint64_t task = kNothing;
  MPI_Send(nullptr, 0, MPI_CHAR, 0, kAsk, MPI_COMM_WORLD);
  MPI_Recv(&task, 1, MPI_UINT64_T, 0, kTask, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (task == kNothing) return std::nullopt;
  return static_cast<std::size_t>(task);
}

void Ranks::deliver(const std::string& bytes) {
  MPI_Send(bytes.data(), count_of(bytes), MPI_CHAR, 0, kResult, MPI_COMM_WORLD);
}

struct Ranks::Server::State {
  std::atomic<bool> stop = false;
  std::atomic<bool> done = false;
  std::thread thread;
};

Ranks::Server::Server(const Ranks& ranks, std::function<std::optional<std::size_t>()> next,
                      std::function<void(std::size_t rank, const std::string& bytes)> take)
    : state_(std::make_unique<State>()) {
  const auto serve = [state = state_.get(), others = ranks.size() - 1, next = std::move(next), take = std::move(take)] {
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
        take(static_cast<std::size_t>(source), bytes);
        continue;
      }
      const std::optional<std::size_t> task = next();
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

struct Ranks::Server::State {
  std::atomic<bool> stop = false;
  std::atomic<bool> done = true;
  std::thread thread;
};

Ranks::Server::Server(const Ranks&, std::function<std::optional<std::size_t>()>,
                      std::function<void(std::size_t, const std::string&)>)
    : state_(std::make_unique<State>()) {}

void Ranks::leave(int) {}

#endif

Ranks::Server::~Server() {
  state_->stop = true;
  if (state_->thread.joinable()) state_->thread.join();
}

bool Ranks::Server::done() const { return state_->done; }

}  // namespace cascade
