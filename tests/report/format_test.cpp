#include "report/format.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "report/text_line.h"

using namespace cascade;

TEST_CASE("an estimate shows two digits of its half-width") {
  CHECK(estimate_text({2.7841, 2.7431, 2.8251, 5}) == "2.784 ±0.041");
  CHECK(estimate_text({0.66012, 0.65662, 0.66362, 5}) == "0.6601 ±0.0035");
  CHECK(estimate_text({5432.1, 5420, 5444.2, 5}, "+-") == "5432 +-12");
  CHECK(gap_text({0.0213, 0.0173, 0.0253, 5}) == "+0.0213 ±0.0040");
  CHECK(gap_text({-0.0213, -0.0253, -0.0173, 5}) == "-0.0213 ±0.0040");
  CHECK(interval_text({0.021, 0.012, 0.030, 5}) == "+0.0210 [+0.0120, +0.0300]");
}

TEST_CASE("exact counts stand alone, single values are marked, and what does not apply is a dash") {
  CHECK(estimate_text({21.4e6, 21.4e6, 21.4e6, 5}) == "21.4M");
  CHECK(estimate_text({0.5, 0.5, 0.5, 1}) == "0.5 ±?");
  CHECK(interval_text({0.5, 0.5, 0.5, 1}) == "+0.5 [one value]");
  CHECK(interval_text({2900, 2900, 2900, 5}) == "+2900 [exact]");
  CHECK(interval_text({-2900, -2900, -2900, 5}) == "-2900 [exact]");
  CHECK(estimate_text({}) == "-");
  CHECK(gap_text({}) == "-");
  CHECK(percent_text(Estimate{}, "±") == "-");
}

TEST_CASE("fixed text has no negative zero") {
  CHECK(fixed_text(-0.0001, 2) == "0.00");
  CHECK(signed_text(-0.0001, 2) == "+0.00");
  CHECK(signed_text(-0.02, 2) == "-0.02");
  CHECK(fixed_text(std::nan(""), 2) == "-");
  CHECK(percent_text(0.3149) == "31.5 %");
  CHECK(percent_text({0.3149, 0.3029, 0.3269, 5}, "±") == "31.5 ±1.2 %");
}

TEST_CASE("a line puts texts at columns, whatever their bytes") {
  const TextStyle plain{true, false};
  CHECK(TextLine(plain).put("é").to(4).put("x").put_right(10, "ab").str() == "é   x   ab\n");
  CHECK(TextLine(plain).put("too long").to(3).put("x").str() == "too long x\n");
  CHECK(TextLine(plain).to(5).str() == "\n");
  const TextStyle color{true, true};
  const TextLine line = TextLine(color).put("a", Ink::good).to(3).put("b");
  CHECK(line.str() == "\x1b[32ma\x1b[0m  b\n");
  CHECK(line.width() == 4);
}

TEST_CASE("text is cut and wrapped by what a terminal shows") {
  const TextStyle unicode{true, false};
  CHECK(cut_text("préranking", 10, unicode) == "préranking");
  CHECK(cut_text("préranking", 5, unicode) == "prér…");
  CHECK(cut_text("\xe7\xb2\x97\xe6\x8e\x92\xe7\xb2\x97", 4, unicode) == "\xe7\xb2\x97…");
  CHECK(cut_text("abc", 0, unicode).empty());
  CHECK(wrap_text("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap_text("aaaaaaaaaa b", 4) == std::vector<std::string>{"aaaaaaaaaa", "b"});
  CHECK(wrap_text("", 4) == std::vector<std::string>{""});
}
