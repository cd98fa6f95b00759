#include "config/yaml_reader.h"

#include <catch2/catch.hpp>
#include <ctime>
#include <string>

#include "config/document.h"
#include "config/text_check.h"
#include "config/yaml_text.h"

namespace cascade::config {
namespace {

/// Parses a text as "f.yaml" and returns its faults; fails if that takes a second of the processor's time.
std::string faults_of(std::string_view text) {
  const std::clock_t start = std::clock();
  Faults faults;
  const Document document = Document::parse(text, "f.yaml", faults);
  CHECK(std::clock() - start < CLOCKS_PER_SEC);
  return faults.text();
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

const std::string kNoAliases =
    "anchors (&name) and aliases (*name) are not read; use `use: NAME`, or put the text in quotes";

}  // namespace

TEST_CASE("a mapping is read with places, kinds and quotes") {
  Faults faults;
  const Node root = read_yaml(
      "\xEF\xBB\xBF"
      "a: 1\nb:\n  - 'x'\n  - {c: ~}\nd:\né: \"ü\" # comment\n",
      {"f.yaml", 1, 1}, faults);
  REQUIRE(faults.text() == "");
  REQUIRE(root.is_mapping());
  REQUIRE(root.children.size() == 4);
  CHECK(root.find("a")->text == "1");
  CHECK_FALSE(root.find("a")->quoted);
  CHECK(root.find("a")->mark == Mark{"f.yaml", 1, 4});
  CHECK(root.find("b")->key_mark == Mark{"f.yaml", 2, 1});
  CHECK(root.find("b.0")->quoted);
  CHECK(root.find("b.0")->mark == Mark{"f.yaml", 3, 5});
  CHECK(root.find("b.1.c")->kind == NodeKind::null);
  CHECK(root.find("b.1.c")->text == "~");
  CHECK(root.find("b.1.c")->mark == Mark{"f.yaml", 4, 9});
  CHECK(root.find("d")->kind == NodeKind::null);
  CHECK(root.find("d")->mark == Mark{"f.yaml", 5, 1});  // nothing is there: the key's place
  CHECK(root.find("é")->text == "ü");
  CHECK(root.find("é")->mark == Mark{"f.yaml", 6, 4});  // columns count characters
}

TEST_CASE("a nothing before a key that looks like null is a nothing") {
  Faults faults;
  const Node root = read_yaml("a:\nnull-er: 2\n", {"f.yaml", 1, 1}, faults);
  CHECK(faults.text() == "");
  CHECK(root.find("a")->text.empty());
}

TEST_CASE("blocks of text, lines ended by CR LF and an end mark are read") {
  Faults faults;
  const Node root =
      read_yaml("---\r\na: |\r\n  one\r\n  two\r\nb: >-\r\n  three\r\n  four\r\n...\r\n", {"f", 1, 1}, faults);
  CHECK(faults.text() == "");
  CHECK(root.find("a")->text == "one\ntwo\n");
  CHECK(root.find("b")->text == "three four");
  CHECK(root.find("b")->mark == Mark{"f", 5, 4});
}

TEST_CASE("encodings other than UTF-8 are refused with the place") {
  CHECK(faults_of(std::string("\xFF\xFE"
                              "a\0:\0",
                              6)) == "f.yaml:1:1: the file is UTF-16 or UTF-32; save it as UTF-8");
  CHECK(faults_of(std::string("\xFE\xFF\0a", 4)) == "f.yaml:1:1: the file is UTF-16 or UTF-32; save it as UTF-8");
  CHECK(faults_of(std::string("a: 1\nb\0: 2\n", 11)) == "f.yaml:2:2: a NUL byte: not a text file, or not in UTF-8");
  CHECK(faults_of("a: 1\nkey: caf\xE9\n") == "f.yaml:2:9: not UTF-8: the byte 0xE9; save the file as UTF-8");
  CHECK(faults_of("ü: \xC0\xAF\n") == "f.yaml:1:4: not UTF-8: the byte 0xC0; save the file as UTF-8");  // over-long '/'
  CHECK(faults_of("a: \xED\xA0\x80\n") == "f.yaml:1:4: not UTF-8: the byte 0xED; save the file as UTF-8");  // surrogate
  CHECK(faults_of("a: \xF0\x9F") == "f.yaml:1:4: not UTF-8: the byte 0xF0; save the file as UTF-8");
}

TEST_CASE("control characters, bare carriage returns and tabs as indentation are refused") {
  CHECK(faults_of("a: \x04 1\n") == "f.yaml:1:4: a control character (0x04)");  // yaml-cpp's own end of file
  CHECK(faults_of("a: x\x7F\n") == "f.yaml:1:5: a control character (0x7F)");
  CHECK(faults_of("a: \xC2\x9B\n") == "f.yaml:1:4: a control character (0x9B)");
  CHECK(faults_of("a: 1\rb: 2\n") == "f.yaml:1:5: a carriage return that ends no line; end lines with a line feed");
  CHECK(faults_of("a:\n\tb: 1\n") == "f.yaml:2:1: a tab in the indentation; indent with spaces");
  CHECK(faults_of("a:\n  \tb: 1\n") == "f.yaml:2:3: a tab in the indentation; indent with spaces");
  CHECK(faults_of("a:\t1\n") == "");
}

TEST_CASE("an empty file is refused") {
  for (const char* text : {"", "\n\n", "# only\n# comments\n", "---\n", "\xEF\xBB\xBF"})
    CHECK(faults_of(text) == "f.yaml:1:1: the file is empty");
}

TEST_CASE("anchors and aliases are refused where they stand") {
  CHECK(faults_of("a: &x 1\nb: *x\n") == "f.yaml:1:4: a: " + kNoAliases + "\nf.yaml:2:4: b: " + kNoAliases);
  CHECK(faults_of("a: *x\n") == "f.yaml:1:4: not valid YAML: " + kNoAliases);
  CHECK(faults_of("a: &a [*a]\n") == "f.yaml:1:4: a: " + kNoAliases + "\nf.yaml:1:8: a.0: " + kNoAliases);
  CHECK(faults_of("&k a: 1\n") == "f.yaml:1:1: " + kNoAliases);
}

TEST_CASE("an alias bomb is refused at once") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [" + before + repeated(", " + before, 8) + "]\n";
  }
  const std::string faults = faults_of(bomb);
  CHECK(faults.starts_with("f.yaml:1:4: a: " + kNoAliases));
}

TEST_CASE("merge keys, tags and keys that are no text are refused") {
  CHECK(faults_of("a:\n  <<: {b: 1}\n") == "f.yaml:2:3: a: `<<` is not read; use `use: NAME`");
  CHECK(faults_of("\"<<\": 1\n") == "");
  CHECK(faults_of("a: !!python/object:os.system x\n") ==
        "f.yaml:1:4: a: tags (!name) are not read, got tag:yaml.org,2002:python/object:os.system");
  CHECK(faults_of("a: !own [1]\n") == "f.yaml:1:4: a: tags (!name) are not read, got !own");
  CHECK(faults_of("a: ! x\n") == "f.yaml:1:4: a: tags (!name) are not read, got !");
  CHECK(faults_of("? [a, b]\n: 1\n") == "f.yaml:1:3: a key must be a text, got a list");
  CHECK(faults_of("? {a: 1}\n: 1\nb: 2\n") == "f.yaml:1:3: a key must be a text, got a mapping");
  CHECK(faults_of("~: 1\n") == "f.yaml:1:1: a key must be a text, got nothing");
  CHECK(faults_of(": 1\n") == "f.yaml:1:1: a key must be a text, got nothing");
  CHECK(faults_of("\"\": 1\n") == "f.yaml:1:1: a key must be a text, got an empty one");
  CHECK(faults_of("\"a\\x1bb\": 1\n") == "f.yaml:1:1: a key with control characters");
}

TEST_CASE("a key given twice is refused with both places") {
  CHECK(faults_of("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: a: the key is given twice, first at 1:1");
  CHECK(faults_of("m:\n  - {x: 1, y: 2, x: 3, x: 4}\n") ==
        "f.yaml:2:18: m.0.x: the key is given twice, first at 2:6\n"
        "f.yaml:2:24: m.0.x: the key is given twice, first at 2:6");
  CHECK(faults_of("a: 1\n\"a\": 2\n") == "f.yaml:2:1: a: the key is given twice, first at 1:1");
}

TEST_CASE("one file holds one document") {
  CHECK(faults_of("a: 1\n---\nb: 2\n") == "f.yaml:2:1: a second document begins here; a file holds one");
  CHECK(faults_of("---\n---\na: 1\n") == "f.yaml:2:1: a second document begins here; a file holds one");
  CHECK(faults_of("{a: 1} xyz\n") == "f.yaml:1:8: text after the end of the document");
}

TEST_CASE("syntax errors come with their place and a hint") {
  CHECK(faults_of("a: {b: 1\n") == "f.yaml:1:4: not valid YAML: this '{' is never closed");
  CHECK(faults_of("a:\n  - [1, [2]\n") == "f.yaml:2:5: not valid YAML: this '[' is never closed");
  CHECK(faults_of("a: [1, 2\nb: 3\n") ==
        "f.yaml:2:2: not valid YAML: expected ',' or ']' in what was opened at f.yaml:1:4");
  CHECK(faults_of("{a: 1\nb: 2}\n") ==
        "f.yaml:2:2: not valid YAML: expected ',' or '}' in what was opened at f.yaml:1:1");
  const std::string quote = "not valid YAML: the quote is not closed on its line (longer texts go below | or >)";
  CHECK(faults_of("a: 1\nb: \"abc\nc: 1\n") == "f.yaml:2:4: " + quote);
  CHECK(faults_of("a: 1\nb: 'it''s\nc: 'x'\n") == "f.yaml:2:4: " + quote);
  CHECK(faults_of("a: {b: \"c}\n") == "f.yaml:1:8: " + quote);
  CHECK(faults_of("\"a: 1") == "f.yaml:1:1: " + quote);
  CHECK(faults_of("a: \"x\\\"") == "f.yaml:1:4: " + quote);
  CHECK(faults_of("a:\n  b: 1\n c: 2\n") ==
        "f.yaml:3:2: not valid YAML: this does not fit what stands before it: wrong indentation, or a missing quote");
  CHECK(faults_of("a: 1\n- b\n") ==
        "f.yaml:2:1: not valid YAML: this does not fit what stands before it: wrong indentation, or a missing quote");
  CHECK(faults_of("a: b: c\n") ==
        "f.yaml:1:5: not valid YAML: a ':' that cannot stand here: wrong indentation, a space missing after an earlier "
        "':', or text with ': ' that needs quotes");
  CHECK(faults_of("a: @x\n") == "f.yaml:1:4: not valid YAML: a text cannot begin with '@'; put it in quotes");
  CHECK(faults_of("a: }\n") == "f.yaml:1:4: not valid YAML: illegal flow end");
  CHECK(faults_of("a: \"\\q\"\n") == "f.yaml:1:7: not valid YAML: unknown escape character: q");
  CHECK(faults_of("a: {b:1}\n") == "f.yaml:1:5: a.b:1: a space is missing after ':' in 'b:1'");
}

TEST_CASE("texts that would take long are refused at once") {
  const std::size_t mebi = kMaxBytes;
  CHECK(faults_of(repeated("- {a: 1}\n", 600'000)) == "f.yaml:1:1: too large: 5400000 bytes; at most 1048576 are read");
  CHECK(faults_of(repeated("[", 32) + "1" + repeated("]", 32)) == "");
  CHECK(faults_of(repeated("[", 33) + "1" + repeated("]", 33)) ==
        "f.yaml:1:33: 0" + repeated(".0", 31) + ": nested more than 32 deep");
  CHECK(faults_of(repeated("[", 10'000)).ends_with("nested more than 32 deep"));
  CHECK(faults_of(repeated("- ", 10'000)).ends_with("nested more than 32 deep"));
  CHECK(faults_of(repeated("{a: ", 10'000)).ends_with("nested more than 32 deep"));
  std::string steps;
  for (std::size_t i = 0; i < 1'000; ++i) steps += std::string(i, ' ') + "a:\n";
  CHECK(faults_of(steps).ends_with("nested more than 32 deep"));
  CHECK(faults_of(repeated("[", mebi)) == "f.yaml:1:1: too large: 1048576 marks ([ { , :); at most 100000 are read");
  CHECK(faults_of(repeated("{a: 1}, ", mebi / 8)).ends_with("393216 marks ([ { , :); at most 100000 are read"));
  CHECK(faults_of(repeated("\n", mebi)) == "f.yaml:1:1: too large: 1048577 lines; at most 50000 are read");
  CHECK(faults_of("a:\n" + repeated("- 1\n", 49'990)) == "");
  CHECK(faults_of("[" + repeated("1,", 60'000) + "]").ends_with("too large: more than 50000 values"));
  CHECK(faults_of("[" + repeated("\"\",", 60'000) + "]").ends_with("too large: more than 50000 values"));
  std::string keys;
  for (int i = 0; i < 2'000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  CHECK(faults_of(keys) == "f.yaml:1001:1: too large: more than 1000 keys in one mapping");
  CHECK(faults_of("? " + std::string(300, 'k') + "\n: 1\n") == "f.yaml:1:3: a key of 300 bytes; at most 256 are read");
  for (const char* part :
       {"*a ",  "&a ",       "!!a ", "a ",     "? ",     ": ",    "{",    "}",   ",",    "\"", "'",
        "%A\n", "- |\n a\n", "[a: ", "--- \n", "a: 1\n", "# x\n", "\"\\", "|\n", "- - ", "!<", "é: "}) {
    INFO(part);
    const std::string text = repeated(part, mebi / std::string_view(part).size());
    faults_of(text);  // only quick: some are valid
  }
}

TEST_CASE("many faults are counted, not all kept") {
  const std::string faults = faults_of(repeated("- *a\n", 1) + repeated("- &a 1\n", 500));
  CHECK(faults.size() < 20'000);
  CHECK(faults_of("[" + repeated("&a 1, ", 500) + "1]").ends_with("\nand 400 more faults"));
}

}  // namespace cascade::config
