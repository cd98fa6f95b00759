#include "report/csv.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/errors.h"
#include "tests/report/fixture.h"

using namespace cascade;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kHeader = "variant,replicate,request,user,value,recall.lost@10\n";

std::string error_of(const std::string& text) {
  try {
    read_requests_csv(text, "q.csv");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

StudyResult two_odd_variants() {
  StudyResult study;
  study.variants.resize(2);
  study.variants[0].name = "plain";
  study.variants[0].requests.columns = {"value"};
  study.variants[0].requests.replicate = {0, 1};
  study.variants[0].requests.request = {0, 12345678901ULL};
  study.variants[0].requests.user = {4, 9};
  study.variants[0].requests.values = Matrix<double>(2, 1, 0.1 + 0.2);
  study.variants[1].name = "comma, \"quote\"";
  study.variants[1].requests = study.variants[0].requests;
  study.variants[1].requests.columns = {"regret"};
  study.variants[1].requests.values(1, 0) = std::nan("");
  return study;
}

}  // namespace

TEST_CASE("requests.csv by hand") {
  CHECK_THAT(requests_csv(two_odd_variants()), Equals("variant,replicate,request,user,value,regret\n"
                                                      "plain,0,0,4,0.30000000000000004,\n"
                                                      "plain,1,12345678901,9,0.30000000000000004,\n"
                                                      "\"comma, \"\"quote\"\"\",0,0,4,,0.30000000000000004\n"
                                                      "\"comma, \"\"quote\"\"\",1,12345678901,9,,\n"));
}

TEST_CASE("requests.csv reads back as the same tables") {
  for (const StudyResult& study : {two_odd_variants(), test::three_variants({2, 8, 0.0, 0})}) {
    const std::string text = requests_csv(study);
    StudyResult again;
    for (const VariantResult& variant : study.variants) {
      again.variants.emplace_back();
      again.variants.back().name = variant.name;
    }
    attach_requests(read_requests_csv(text), again);
    CHECK(requests_csv(again) == text);
    CHECK(again.variants[1].requests.columns == study.variants[1].requests.columns);
  }
}

TEST_CASE("line ends of other systems are read, and a last line without one") {
  const auto tables = read_requests_csv("variant,replicate,request,user,value\r\na,0,1,2,3.5\r\na,0,2,2,");
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].second.values(0, 0) == 3.5);
  CHECK(std::isnan(tables[0].second.values(1, 0)));
}

TEST_CASE("faults of requests.csv name line and field") {
  const std::string h = kHeader;
  CHECK_THAT(error_of(""), Equals("q.csv: is empty"));
  CHECK_THAT(error_of("variant,request\n"),
             Equals("q.csv:1: field 2: expected 'replicate' in the header, got 'request'"));
  CHECK_THAT(error_of("variant,replicate,request,user,a,a\n"),
             Equals("q.csv:1: field 6: column 'a' is unnamed or named twice"));
  CHECK_THAT(error_of(h + "a,0,1,2,3\n"), Equals("q.csv:2: field 5: the row has 5 fields, the header 6"));
  CHECK_THAT(error_of(h + "a,0,x,2,3,4\n"), Equals("q.csv:2: field 3: expected a whole number, got 'x'"));
  CHECK_THAT(error_of(h + "a,-1,1,2,3,4\n"), Equals("q.csv:2: field 2: expected a whole number, got '-1'"));
  CHECK_THAT(error_of(h + "a,0,1,2,3,4z\n"), Equals("q.csv:2: field 6: expected a number or nothing, got '4z'"));
  CHECK_THAT(error_of(h + "a,0,1,2,nan,4\n"), Equals("q.csv:2: field 5: expected a number or nothing, got 'nan'"));
  CHECK_THAT(error_of(h + "a,0,1,2,3,4\na,0,1,2,3,4\n"),
             Equals("q.csv:3: field 3: request 1 of replicate 0 of 'a' stands twice"));
  CHECK_THAT(error_of(h + "\"a,0,1,2,3,4\n"), Equals("q.csv:2: field 1: the quote is never closed"));
  CHECK_THAT(error_of(h + "a\"b,0,1,2,3,4\n"), Contains("a quote inside a field that is not quoted"));
  CHECK_THAT(error_of(h + "\"a\"b,0,1,2,3,4\n"), Contains("expected a comma or the end of the line"));
}

TEST_CASE("tables of other variants than the report's are refused") {
  StudyResult study = two_odd_variants();
  CHECK_THROWS_WITH(attach_requests({{"plan", study.variants[0].requests}}, study),
                    Equals("requests.csv: there is no variant of the report 'plan'; did you mean 'plain'? (there are: "
                           "plain, comma, \"quote\")"));
  study.variants[1].requests = {};
  CHECK_THROWS_WITH(attach_requests({{"plain", study.variants[0].requests}}, study),
                    Equals("requests.csv: has no rows of variant 'comma, \"quote\"'"));
}

TEST_CASE("the long table has a line for every metric of every stage") {
  const std::string text = report_csv(test::three_variants({3, 10, 0.0, 0}));
  CHECK_THAT(text, StartsWith("variant,stage,metric,mean,lo,hi,n\ntwo-tower,,value,"));
  CHECK_THAT(text, Contains("\nCOLD,preranking,lost@10,"));
  CHECK_THAT(text, Contains("\nCOLD,preranking,oracle.value,"));
  CHECK_THAT(text, Contains("\nCOLD,recall,in,50000,,,1\n"));
}
