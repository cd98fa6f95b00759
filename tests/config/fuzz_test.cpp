#include <catch2/catch.hpp>
#include <ctime>
#include <string>
#include <vector>

#include "base/rng.h"
#include "config/writer.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"
#include "tests/config/mini_scenario.h"

namespace cascade::config {
namespace {

using namespace testing;

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts = {
      kValid,
      kValid + "variants:\n  - {name: a}\n  - name: b\n    set: {funnel.recall: {kind: blend, keep: 3}}\n",
      "a: &x [1, {b: *x}]\n<<: *x\n? [k]\n: !!str v\n",
      "---\n- |\n  text\n- >-\n  more\n- 'it''s'\n- \"\\u00e9\\n\"\n...\n",
      "%YAML 1.2\n---\n{a: [1, 2.5e-3, .inf, 0x1F], b: ~, \"c\": 'd'}\n",
      "é: 中\n# comment\nkey with spaces:   value # more\n",
  };
  return texts;
}

const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all = {"[",
                                               "]",
                                               "{",
                                               "}",
                                               ":",
                                               ": ",
                                               ",",
                                               "- ",
                                               "? ",
                                               "\"",
                                               "'",
                                               "\n",
                                               "\n ",
                                               "\n\n  ",
                                               "\t",
                                               "#",
                                               " # ",
                                               "&a ",
                                               "*a",
                                               "!",
                                               "!!",
                                               "|",
                                               ">",
                                               "---",
                                               "...",
                                               "%",
                                               "@",
                                               "`",
                                               "<<: ",
                                               "~",
                                               "\\",
                                               "\r",
                                               "\r\n",
                                               std::string("\0x", 2),
                                               "\xC3",
                                               "\xFF",
                                               "\xEF\xBB\xBF",
                                               "é",
                                               "kind: cold",
                                               "use: x",
                                               "0",
                                               "-",
                                               "1e999"};
  return all;
}

std::string mutated(std::string text, Rng& rng) {
  const auto length = [&] { return static_cast<std::uint32_t>(text.size()); };
  for (std::uint32_t n = 1 + rng.below(6); n > 0; --n) {
    const std::uint32_t at = rng.below(length() + 1);
    switch (rng.below(5)) {
      case 0:
        text.insert(at, pieces()[rng.below(static_cast<std::uint32_t>(pieces().size()))]);
        break;
      case 1:
        text.erase(at, 1 + rng.below(8));
        break;
      case 2:
        if (at < length()) text[at] = static_cast<char>(rng.below(256));
        break;
      case 3:  // a piece of the text again, elsewhere
        text.insert(at, text.substr(rng.below(length() + 1), rng.below(40)));
        break;
      default: {
        const std::string& other = corpus()[rng.below(static_cast<std::uint32_t>(corpus().size()))];
        text.insert(at, other.substr(rng.below(static_cast<std::uint32_t>(other.size())), rng.below(60)));
      }
    }
  }
  return text;
}

}  // namespace

TEST_CASE("mutated texts are read or refused at once, and what is read can be written") {
  const std::clock_t start = std::clock();
  for (std::uint32_t i = 0; i < 6'000; ++i) {
    Rng rng(3, Stream::test, i);
    const std::string text = mutated(corpus()[i % corpus().size()], rng);
    CAPTURE(i, text);
    Faults faults;
    const Document document = Document::parse(text, "f.yaml", faults);
    REQUIRE((faults.empty() || !faults.text().empty()));
    for (const Fault& fault : faults.sorted()) REQUIRE((fault.mark.line > 0 && fault.mark.column > 0));
    if (faults.empty()) {
      Faults again;
      const Node flow = read_yaml(flow_text(document.root()), {"flow", 1, 1}, again);
      REQUIRE(again.text() == "");
      REQUIRE(same_value(flow, document.root()));
    }
    MiniScenario scenario;
    read(document.root(), scenario, faults);
    if (faults.empty()) {
      const std::string written = yaml_text(to_node(scenario));
      REQUIRE(faults_of(written) == "");
    }
  }
  CHECK(std::clock() - start < 20 * CLOCKS_PER_SEC);
}

}  // namespace cascade::config
