#include "data/features.h"

#include <catch2/catch.hpp>

#include "data/logs.h"

using namespace cascade;

namespace {

FeatureSchema small_schema() {
  return FeatureSchema({{"user_id", Side::user, 10, 1, 0, 0, ""},
                        {"recent", Side::user, 5, 3, 0, 0, ""},
                        {"item_id", Side::item, 4, 1, 0, 0, ""},
                        {"clicks_shop", Side::cross, 8, 1, 0, 0, ""},
                        {"price_gap", Side::cross, 16, 1, 0, 0, ""},
                        {"dwell", Side::privileged, 12, 1, 0, 0, ""}});
}

}  // namespace

TEST_CASE("groups are found by name and counted by side") {
  const FeatureSchema schema = small_schema();
  CHECK(schema.find("item_id") == 2);
  CHECK(schema.find("nothing") == -1);
  CHECK(schema.count(Side::cross) == 2);
  CHECK(schema.place(0) == 0);
  CHECK(schema.place(1) == 1);
  CHECK(schema.place(4) == 1);
  CHECK(schema.place(5) == 0);
}

TEST_CASE("a selection takes sides and names, in schema order, each once") {
  const FeatureSchema schema = small_schema();
  std::vector<std::string> unknown;
  const std::vector<std::string> names{"price_gap", "user", "recent", "shop"};
  CHECK(schema.select(names, unknown) == std::vector<int>{0, 1, 4});
  CHECK(unknown == std::vector<std::string>{"shop"});
}

TEST_CASE("names of sides and spaces") {
  CHECK(side_name(Side::privileged) == "privileged");
  CHECK(space_name(Space::exposed) == "EX");
  CHECK(space_name(Space::random) == "RND");
}

TEST_CASE("a log table grows in all its columns") {
  LogTable table;
  table.resize(3, small_schema());
  CHECK(table.size() == 3);
  REQUIRE(table.cross.size() == 2);
  CHECK(table.cross[1].size() == 3);
  REQUIRE(table.privileged.size() == 1);
  CHECK(table.space[2] == Space::exposed);
}
