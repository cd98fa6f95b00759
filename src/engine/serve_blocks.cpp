#include "engine/serve_blocks.h"

#include <algorithm>
#include <mutex>

#include "base/errors.h"
#include "base/ids.h"
#include "base/parallel.h"

namespace cascade {

void serve_blocks(const SharedRequests& shared, std::size_t requests, std::span<const RequestRows> rows,
                  const RunProgress& progress, const std::function<void(std::size_t begin, std::size_t end)>& serve) {
  std::mutex counting;
  std::size_t done = 0;
  const auto count = [&](std::size_t begin, std::size_t end) {
    if (!progress) return;
    const std::lock_guard lock(counting);
    done += end - begin;
    progress("serving", static_cast<double>(done) / static_cast<double>(requests));
  };
  const auto serve_block = [&](std::size_t begin, std::size_t end) {
    serve(begin, end);
    count(begin, end);
  };
  if (shared.work.exchange == nullptr) return for_each_block(requests, kRequestBlock, serve_block);

  constexpr std::size_t kMostPieces = 256;
  const std::size_t blocks = (requests + kRequestBlock - 1) / kRequestBlock;
  const std::size_t length = kRequestBlock * ((blocks + kMostPieces - 1) / kMostPieces);
  std::vector<WorkPiece> pieces;
  for (std::size_t begin = 0; begin < requests; begin += length) {
    const std::size_t end = std::min(requests, begin + length);
    const auto stretch = [begin, end](const RequestRows& one) {
      const std::size_t from = std::min(begin, one.rows);
      return std::span(one.first + one.bytes * from, one.bytes * (std::min(end, one.rows) - from));
    };
    WorkPiece piece;
    piece.name = shared.name + " " + std::to_string(begin);
    piece.make = [&, begin, end] {
      for (std::size_t first = begin; first < end; first += kRequestBlock)
        serve_block(first, std::min(end, first + kRequestBlock));
    };
    piece.bytes = [rows, stretch] {
      std::string bytes;
      for (const RequestRows& one : rows) bytes.append(stretch(one).data(), stretch(one).size());
      return bytes;
    };
    piece.accept = [&, rows, stretch, begin, end](std::string_view bytes) {
      for (const RequestRows& one : rows) {
        const std::span<char> to = stretch(one);
        CASCADE_CHECK(to.size() <= bytes.size(), "rows of other requests");
        std::copy_n(bytes.data(), to.size(), to.data());
        bytes.remove_prefix(to.size());
      }
      CASCADE_CHECK(bytes.empty(), "rows of other requests");
      count(begin, end);
    };
    pieces.push_back(std::move(piece));
  }
  share_out(*shared.work.exchange, pieces, shared.work.helps ? Want::nothing : Want::last, progress);
}

}  // namespace cascade
