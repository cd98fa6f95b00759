#include "config/schema.h"

#include <ostream>

#include "base/files.h"
#include "cli/commands.h"
#include "report/json.h"

namespace cascade::cli {

int schema(const std::string& of, Console& console) {
  if (of == "report")
    console.out << report_json_schema();
  else
    console.out << config::schema_text<ScenarioFile>("cascade scenario", part_places("configs"));
  return kDone;
}

int init(const std::filesystem::path& file, Console& console) {
  if (std::filesystem::exists(file)) {
    console.err << "cascade init: " << file.string() << " exists already; nothing was written\n";
    return kCannotReadOrWrite;
  }
  const std::filesystem::path starter =
      find_configs(std::filesystem::current_path() / "scenario.yaml").parent_path() / "configs" / "starter.yaml";
  write_file_atomically(file, read_file(starter, 1 << 20));
  console.out << "wrote " << file.string() << "; next: cascade run " << file.string() << "\n";
  return kDone;
}

}  // namespace cascade::cli
