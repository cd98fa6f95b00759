#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "study/result.h"

namespace cascade {

/// requests.csv: `variant,replicate,request,user,COLUMNS...`, one row a variant, replicate and request, in the order of
/// the study. The columns are those of all variants, in the order of first appearance; a value that does not apply, or
/// a column that a variant does not have, is an empty field. Numbers read back as the same double.
std::string requests_csv(const StudyResult& study);

/// Reads requests.csv into one table a variant, in the order of the file. Columns without a value in a variant are left
/// out of its table. Strict: InputError with `name`, line and column for a wrong header, a row of another width, text
/// where a number belongs, an unclosed quote, or a repeated (variant, replicate, request).
std::vector<std::pair<std::string, RequestTable>> read_requests_csv(std::string_view text,
                                                                    std::string_view name = "requests.csv");

/// Puts the tables into the variants of the same name. InputError where the two do not name the same variants.
void attach_requests(std::vector<std::pair<std::string, RequestTable>> tables, StudyResult& study);

/// The report in long form: `variant,stage,metric,mean,lo,hi,n`, stage empty for the outcome; every metric, arms as
/// "oracle.value", then in, out, quota, work and cost of each stage with lo and hi empty.
std::string report_csv(const StudyResult& study);

}  // namespace cascade
