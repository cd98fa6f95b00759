#include "config/describe.h"

#include <catch2/catch.hpp>

#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;

FieldRow row_of(const std::vector<FieldRow>& rows, const std::string& path, const std::string& when = "") {
  for (const FieldRow& row : rows)
    if (row.path == path && row.when == when) return row;
  FAIL("no row " << path << " " << when);
  return {};
}

}  // namespace

TEST_CASE("every field is described once, those of every kind too") {
  const std::vector<FieldRow> rows = describe<MiniScenario>();
  const FieldRow users = row_of(rows, "world.users");
  CHECK(users.type == "whole number");
  CHECK(users.default_text == "1000");
  CHECK(users.bounds == "between 1 and 10000000");
  CHECK(users.doc == "number of users");
  CHECK_FALSE(users.required);
  CHECK(row_of(rows, "scenario").required);
  CHECK(row_of(rows, "logs.days").required);
  CHECK(row_of(rows, "seed").bounds == "at least 0");
  CHECK(row_of(rows, "world.drift").choices == drift_names());
  CHECK(row_of(rows, "world.drift").default_text == "none");
  CHECK(row_of(rows, "truth_at").type == "list of whole numbers");
  CHECK(row_of(rows, "truth_at").default_text == "[10]");
  CHECK(row_of(rows, "models.NAME.kind").required);
  CHECK(row_of(rows, "models.NAME.kind").choices == std::vector<std::string>{"two_tower", "cold"});
  CHECK(row_of(rows, "models.NAME.dim", "kind = two_tower").default_text == "32");
  CHECK(row_of(rows, "models.NAME.layers", "kind = two_tower").bounds == "at least 1");  // not "and at most 2147483647"
  CHECK(row_of(rows, "models.NAME.distill", "kind = two_tower").default_text == "null");
  CHECK(row_of(rows, "models.NAME.distill.teacher", "kind = two_tower").required);
  CHECK(row_of(rows, "models.NAME.rate", "kind = cold").bounds == "above 0 and below 1");
  CHECK(row_of(rows, "models.NAME.prior").type == "number");
  CHECK(row_of(rows, "funnel.NAME.kind").default_text == "score");
  CHECK_FALSE(row_of(rows, "funnel.NAME.kind").required);
  CHECK(row_of(rows, "funnel.NAME.channels", "kind = blend").type == "list of text");
  CHECK(row_of(rows, "variants.NAME.set").type == "mapping of paths to values");
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK_FALSE((rows[i].path == rows[j].path && rows[i].when == rows[j].when));
}

TEST_CASE("one kind is described by its parameters alone") {
  CHECK(describe_text(describe<Cold>()) ==
        "select_groups: whole number, at least 1, default 12\n"
        "    feature groups kept\n"
        "rate: number, above 0 and below 1, default 0.01\n"
        "    learning rate\n");
  CHECK(describe_text(describe<Logs>()) == "days: whole number, between 1 and 365, required\n    days of logs\n");
}

TEST_CASE("the Markdown table escapes what would break it") {
  CHECK(describe_markdown(describe<Blend>()) ==
        "| key | only for | type | default | limits | meaning |\n"
        "|---|---|---|---|---|---|\n"
        "| `temperature` |  | number | `1` | above 0 | softness \\| of the blend |\n"
        "| `channels` |  | list of text | `[]` |  | names of the channels |\n");
}

TEST_CASE("a struct that holds itself is our own fault, not an endless loop") {
  struct Nested {
    void fields(FieldVisitor& v) {
      Nested inner;
      v.object("inner", inner, "");
    }
  };
  CHECK_THROWS_AS(describe<Nested>(), InternalError);
}

}  // namespace cascade::config
