#include "base/bytes.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "base/matrix.h"

using namespace cascade;

namespace {

struct Record {
  std::string name;
  std::vector<std::vector<float>> lists;
  std::vector<std::pair<std::string, double>> values;
  Matrix<double> rows;
  int count = 0;
};

template <class Archive, class T>
void visit(Archive& archive, T& record) {
  visit_text(archive, record.name);
  visit_list(archive, record.lists, [&](auto& list) { visit_numbers(archive, list); });
  visit_values(archive, record.values);
  visit_matrix(archive, record.rows);
  archive.number(record.count);
}

}  // namespace

TEST_CASE("what is written comes back, and a text that is cut short or claims too much is damaged") {
  Record record{"with\nlines", {{1.5F, -0.0F}, {}}, {{"x", std::numeric_limits<double>::denorm_min()}}, {}, -7};
  record.rows = Matrix<double>(2, 3, 0.25);
  ByteWriter writer;
  visit<ByteWriter, const Record>(writer, record);
  const std::string text = writer.take();
  Record again;
  ByteReader reader(text);
  visit(reader, again);
  CHECK(reader.at_end());
  CHECK(again.name == record.name);
  CHECK(again.lists == record.lists);
  CHECK(again.values == record.values);
  CHECK(again.rows.rows() == 2);
  CHECK(again.rows(1, 2) == 0.25);
  CHECK(again.count == -7);
  for (std::size_t length = 0; length < text.size(); ++length) {
    ByteReader cut(std::string_view(text).substr(0, length));
    CHECK_THROWS_AS(visit(cut, again), ByteReader::Damaged);
  }
  ByteWriter claims;
  claims.size(std::numeric_limits<std::size_t>::max());
  const std::string too_much = claims.take();
  ByteReader greedy(too_much);
  CHECK_THROWS_AS(visit_text(greedy, again.name), ByteReader::Damaged);
}
