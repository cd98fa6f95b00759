#include "report/markdown.h"

#include <catch2/catch.hpp>

#include "tests/report/fixture.h"
#include "tests/report/golden.h"

using namespace cascade;

TEST_CASE("the Markdown report is the golden one") {
  const StudyResult study = test::three_variants();
  const std::string text = markdown_report(study, find_findings(study));
  CHECK(text == test::golden_text("report.md", text));
}

TEST_CASE("expectations are a list of what holds and what fails") {
  StudyResult study = test::three_variants();
  study.expectations = {{true, "a above b", "gap +1"}, {false, "b above c", "gap -7"}};
  const std::string text = markdown_report(study, {});
  CHECK(text.find("## Expectations\n\n- holds: a above b (gap +1)\n- **fails**: b above c (gap -7)\n") !=
        std::string::npos);
}

TEST_CASE("names cannot break out of a table") {
  CHECK(markdown_text("a|b *c* <d>\ne") == "a\\|b \\*c\\* \\<d\\> e");
  const std::vector<std::string> head = {"x", "y"};
  const std::vector<std::vector<std::string>> rows = {{"1", "2"}};
  CHECK(markdown_table(head, rows) == "| x | y |\n|---|---:|\n| 1 | 2 |\n");
}
