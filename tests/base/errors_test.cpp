#include "base/errors.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/build_info.h"

namespace cascade {
namespace {

TEST_CASE("a failed check says what was promised and where") {
  CHECK_NOTHROW([] { CASCADE_CHECK(1 + 1 == 2, "arithmetic"); }());
  CHECK_THROWS_AS([] { CASCADE_CHECK(1 + 1 == 3, "arithmetic"); }(), InternalError);
  CHECK_THROWS_WITH([] { CASCADE_CHECK(1 + 1 == 3, "arithmetic"); }(),
                    Catch::Contains("arithmetic [1 + 1 == 3 does not hold at ") && Catch::Contains("errors_test.cpp:"));
}

TEST_CASE("the build names its version, commit and compiler") {
  const std::string text = build_text();
  CHECK(text.find(std::string("cascade ") + version_text() + " (") == 0);
  CHECK(text.find(", ") != std::string::npos);
}

}  // namespace
}  // namespace cascade
