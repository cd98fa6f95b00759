#include "report/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "base/csv.h"
#include "base/errors.h"
#include "base/text.h"
#include "report/lookup.h"
#include "study/csv_field.h"

namespace cascade {
namespace {

constexpr std::string_view kFixedColumns[] = {"variant", "replicate", "request", "user"};
constexpr std::size_t kNumFixed = std::size(kFixedColumns);

std::string value_text(double value) { return std::isfinite(value) ? number_text(value) : std::string(); }

std::vector<std::string> all_columns(const StudyResult& study) {
  std::vector<std::string> columns;
  std::set<std::string> seen;
  for (const VariantResult& variant : study.variants)
    for (const std::string& column : variant.requests.columns)
      if (seen.insert(column).second) columns.push_back(column);
  return columns;
}

template <class Whole>
Whole whole_number(const CsvReader& reader, const std::string& text, std::size_t column) {
  Whole value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    reader.fail(column, "expected a whole number, got '" + text + "'");
  return value;
}

double number_or_nan(const CsvReader& reader, const std::string& text, std::size_t column) {
  double value = std::numeric_limits<double>::quiet_NaN();
  if (text.empty()) return value;
  if (!parse_number(text, value) || !std::isfinite(value))
    reader.fail(column, "expected a number or nothing, got '" + text + "'");
  return value;
}

/// Rows of one variant while they are read.
struct Rows {
  std::string variant;
  RequestTable table;
  std::vector<double> values;  // [rows, columns of the file]
  std::set<std::tuple<std::uint32_t, std::uint64_t>> seen;
};

/// Keeps the columns that have a value.
RequestTable finished(Rows rows, const std::vector<std::string>& columns) {
  const std::size_t width = columns.size();
  const std::size_t n = rows.table.replicate.size();
  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < width; ++c) {
    bool used = false;
    for (std::size_t r = 0; r < n && !used; ++r) used = !std::isnan(rows.values[r * width + c]);
    if (used) kept.push_back(c);
  }
  for (std::size_t c : kept) rows.table.columns.push_back(columns[c]);
  rows.table.values = Matrix<double>(n, kept.size());
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t i = 0; i < kept.size(); ++i) rows.table.values(r, i) = rows.values[r * width + kept[i]];
  return std::move(rows.table);
}

void add_line(std::string& out, const VariantResult& variant, std::string_view stage, const std::string& metric,
              const Estimate& e) {
  const bool applies = e.n > 0;
  out += csv_field(variant.name) + ',' + csv_field(stage) + ',' + csv_field(metric) + ',' +
         (applies ? value_text(e.mean) : "") + ',' + (applies ? value_text(e.lo) : "") + ',' +
         (applies ? value_text(e.hi) : "") + ',' + std::to_string(e.n) + '\n';
}

void add_bare(std::string& out, const VariantResult& variant, std::string_view stage, const std::string& metric,
              double value) {
  out += csv_field(variant.name) + ',' + csv_field(stage) + ',' + metric + ',' + value_text(value) + ",,,1\n";
}

}  // namespace

std::string requests_csv(const StudyResult& study) {
  const std::vector<std::string> columns = all_columns(study);
  std::string out;
  for (std::size_t i = 0; i < kNumFixed; ++i) out += (i > 0 ? "," : "") + std::string(kFixedColumns[i]);
  for (const std::string& column : columns) out += ',' + csv_field(column);
  out += '\n';
  for (const VariantResult& variant : study.variants) {
    const RequestTable& table = variant.requests;
    std::vector<std::ptrdiff_t> source(columns.size(), -1);  // column of this variant's table, -1: it has none
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto found = std::find(table.columns.begin(), table.columns.end(), columns[c]);
      if (found != table.columns.end()) source[c] = found - table.columns.begin();
    }
    const std::string name = csv_field(variant.name);
    for (std::size_t row = 0; row < table.replicate.size(); ++row) {
      out += name + ',' + std::to_string(table.replicate[row]) + ',' + std::to_string(table.request[row]) + ',' +
             std::to_string(table.user[row]);
      for (std::ptrdiff_t c : source) {
        out += ',';
        if (c >= 0) out += value_text(table.values(row, static_cast<std::size_t>(c)));
      }
      out += '\n';
    }
  }
  return out;
}

std::vector<std::pair<std::string, RequestTable>> read_requests_csv(std::string_view text, std::string_view name) {
  CsvReader reader(text, name);
  std::vector<std::string> fields;
  if (!reader.next(fields)) throw InputError(std::string(name) + ": is empty");
  for (std::size_t i = 0; i < kNumFixed; ++i)
    if (i >= fields.size() || fields[i] != kFixedColumns[i])
      reader.fail(i + 1, "expected '" + std::string(kFixedColumns[i]) + "' in the header, got '" +
                             (i < fields.size() ? fields[i] : std::string()) + "'");
  const std::vector<std::string> columns(fields.begin() + kNumFixed, fields.end());
  std::set<std::string> names;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c].empty() || !names.insert(columns[c]).second)
      reader.fail(kNumFixed + c + 1, "column '" + columns[c] + "' is unnamed or named twice");

  std::vector<Rows> variants;
  while (reader.next(fields)) {
    if (fields.size() != kNumFixed + columns.size())
      reader.fail(fields.size(), "the row has " + std::to_string(fields.size()) + " fields, the header " +
                                     std::to_string(kNumFixed + columns.size()));
    auto rows = std::find_if(variants.begin(), variants.end(), [&](const Rows& r) { return r.variant == fields[0]; });
    if (rows == variants.end()) {
      variants.emplace_back();
      rows = variants.end() - 1;
      rows->variant = fields[0];
    }
    rows->table.replicate.push_back(whole_number<std::uint32_t>(reader, fields[1], 2));
    rows->table.request.push_back(whole_number<std::uint64_t>(reader, fields[2], 3));
    rows->table.user.push_back(whole_number<std::uint32_t>(reader, fields[3], 4));
    if (!rows->seen.insert({rows->table.replicate.back(), rows->table.request.back()}).second)
      reader.fail(3, "request " + fields[2] + " of replicate " + fields[1] + " of '" + fields[0] + "' stands twice");
    for (std::size_t c = 0; c < columns.size(); ++c)
      rows->values.push_back(number_or_nan(reader, fields[kNumFixed + c], kNumFixed + c + 1));
  }
  std::vector<std::pair<std::string, RequestTable>> tables;
  for (Rows& rows : variants) {
    std::string variant = rows.variant;
    tables.emplace_back(std::move(variant), finished(std::move(rows), columns));
  }
  return tables;
}

void attach_requests(std::vector<std::pair<std::string, RequestTable>> tables, StudyResult& study) {
  std::vector<std::string> names;
  for (const VariantResult& variant : study.variants) names.push_back(variant.name);
  for (auto& table : tables) {
    const auto found = std::find(names.begin(), names.end(), table.first);
    if (found == names.end())
      throw InputError("requests.csv: " + no_such_name("variant of the report", table.first, names));
    study.variants[static_cast<std::size_t>(found - names.begin())].requests = std::move(table.second);
  }
  for (const VariantResult& variant : study.variants)
    if (variant.requests.replicate.empty())
      throw InputError("requests.csv: has no rows of variant '" + variant.name + "'");
}

std::string report_csv(const StudyResult& study) {
  std::string out = "variant,stage,metric,mean,lo,hi,n\n";
  for (const VariantResult& variant : study.variants) {
    for (const MetricValue& metric : variant.outcome) add_line(out, variant, "", metric.name, metric.estimate);
    for (const StageResult& stage : variant.stages) {
      for (const MetricValue& metric : stage.metrics) add_line(out, variant, stage.name, metric.name, metric.estimate);
      for (const ArmResult& arm : stage.arms)
        for (const MetricValue& metric : arm.metrics)
          add_line(out, variant, stage.name, arm.arm + "." + metric.name, metric.estimate);
      for (const char* scalar : {"in", "out", "quota", "items_scored", "flops", "bytes_read", "latency_us",
                                 "compute_us", "utilisation", "cut"})
        if (const auto q = find_quantity(variant, stage.name, scalar))
          add_bare(out, variant, stage.name, scalar, q->estimate.mean);
    }
  }
  return out;
}

}  // namespace cascade
