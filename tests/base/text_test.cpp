#include "base/text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"

namespace cascade {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("the nearest name is the one with the fewest edits") {
  const Names names = {"recall", "preranking", "ranking", "reranking"};
  CHECK(nearest_names("prerankign", names) == Names{"preranking"});  // swap
  CHECK(nearest_names("rankin", names) == Names{"ranking"});
  CHECK(nearest_names("RECALL", names) == Names{"recall"});
  CHECK(nearest_names("reranking", names, 3) == Names{"reranking", "preranking", "ranking"});
  CHECK(nearest_names("zebra", names).empty());
  CHECK(nearest_names("", names).empty());
  CHECK(nearest_names("recall", names, 0).empty());
}

TEST_CASE("names equally near come in the order given") {
  CHECK(nearest_names("dim", Names{"dip", "rim", "dum"}, 2) == Names{"dip", "rim"});
}

TEST_CASE("a very long wrong name is compared with nothing") {
  CHECK(nearest_names(std::string(1000000, 'x'), Names{"recall", "ranking"}).empty());
}

TEST_CASE("join puts the separator between parts") {
  CHECK(join(Names{}) == "");
  CHECK(join(Names{"a"}) == "a");
  CHECK(join(Names{"a", "b", "c"}) == "a, b, c");
  CHECK(join(Names{"a", "b"}, " | ") == "a | b");
}

TEST_CASE("number_text is short and whole numbers have no exponent") {
  CHECK(number_text(12) == "12");
  CHECK(number_text(-3) == "-3");
  CHECK(number_text(0) == "0");
  CHECK(number_text(100000) == "100000");
  CHECK(number_text(123456789012345) == "123456789012345");
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(2.5) == "2.5");
  CHECK(number_text(1e300) == "1e+300");
  CHECK(number_text(1.0 / 3) == "0.3333333333333333");
}

TEST_CASE("number_text reads back as the same number") {
  Rng rng(1, Stream::test);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::ldexp(rng.normal(), static_cast<int>(rng.below(400)) - 200);
    CHECK(std::strtod(number_text(value).c_str(), nullptr) == value);
  }
}

TEST_CASE("short_number has three digits and a suffix") {
  CHECK(short_number(1234567) == "1.23M");
  CHECK(short_number(0.00312) == "0.00312");
  CHECK(short_number(0) == "0");
  CHECK(short_number(12) == "12");
  CHECK(short_number(12.3456) == "12.3");
  CHECK(short_number(2000) == "2000");
  CHECK(short_number(999.7) == "1000");
  CHECK(short_number(1234.5678) == "1235");
  CHECK(short_number(9999) == "9999");
  CHECK(short_number(12345) == "12.3k");
  CHECK(short_number(999499) == "999k");
  CHECK(short_number(999600) == "1M");
  CHECK(short_number(2.5e9) == "2.5G");
  CHECK(short_number(-4.56e13) == "-45.6T");
  CHECK(short_number(1e16) == "10P");
  CHECK(short_number(1e20) == "1e+20");
  CHECK(short_number(3.123e-7) == "3.12e-07");
  CHECK(short_number(std::nan("")) == "nan");
  CHECK(short_number(-std::numeric_limits<double>::infinity()) == "-inf");
}

TEST_CASE("only well-formed UTF-8 is valid") {
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8("plain"));
  CHECK(is_valid_utf8("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  CHECK(is_valid_utf8("\xf4\x8f\xbf\xbf"));        // U+10FFFF
  CHECK_FALSE(is_valid_utf8("\x80"));              // continuation first
  CHECK_FALSE(is_valid_utf8("\xc3"));              // cut short
  CHECK_FALSE(is_valid_utf8("\xe2\x82"));          // cut short
  CHECK_FALSE(is_valid_utf8("\xc3\x28"));          // no continuation
  CHECK_FALSE(is_valid_utf8("\xc0\xaf"));          // over-long '/'
  CHECK_FALSE(is_valid_utf8("\xe0\x80\xaf"));      // over-long '/'
  CHECK_FALSE(is_valid_utf8("\xf0\x80\x80\xaf"));  // over-long '/'
  CHECK_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // past U+10FFFF
  CHECK_FALSE(is_valid_utf8("\xff\xfe"));          // no lead byte
}

TEST_CASE("display_width counts columns, not bytes") {
  CHECK(display_width("plain") == 5);
  CHECK(display_width("\xc2\xb1 0.5") == 5);              // plus-minus
  CHECK(display_width("\xe5\x8f\xac\xe5\x9b\x9e") == 4);  // two wide characters
  CHECK(display_width("\xff") == 1);
}

}  // namespace
}  // namespace cascade
