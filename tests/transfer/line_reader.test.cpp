#define CAF_SUITE transfer.line_reader
#include "tests/support/unit_test.hpp"

#include "tests/support/gzip.hpp"
#include "tests/support/temp_dir.hpp"
#include "transfer/line_reader.hpp"

#include <vector>

using namespace kinora;
using namespace kinora::test;

namespace {

struct fixture {
  temp_dir folder;
  std::string path = folder / "input";

  /// The lines of an input as "number:text", and then why it ended, if not well.
  std::vector<std::string> lines_of(const std::string& bytes) {
    write_file(path, bytes);
    line_reader reader{byte_source::open(path).value()};
    std::vector<std::string> out;
    for (;;) {
      auto line = reader.next();
      if (!line)
        out.push_back(line.error().detail);
      if (!line || !*line)
        return out;
      out.push_back(std::to_string((*line)->number) + ((*line)->is_too_long ? "!" : ":") +
                    std::string{(*line)->text.substr(0, 20)});
    }
  }
};

using texts = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(line_reader_tests, fixture)

CAF_TEST(lines end in either way and the last one need not ) {
  CAF_CHECK_EQUAL(lines_of("a\nb\r\nc"), (texts{"1:a", "2:b", "3:c"}));
  CAF_CHECK_EQUAL(lines_of("a\n"), (texts{"1:a"}));
  CAF_CHECK_EQUAL(lines_of(""), texts{});
  CAF_CHECK_EQUAL(lines_of("\n\n"), texts{});
}

CAF_TEST(blank lines count and a byte order mark is skipped) {
  CAF_CHECK_EQUAL(lines_of("\xEF\xBB\xBF"
                           "a\n \t\r\n\nb\n"),
                  (texts{"1:a", "4:b"}));
}

CAF_TEST(a line may have a mebibyte and the ones after a longer one are read) {
  const std::string longest(line_bytes_max, 'x');
  CAF_CHECK_EQUAL(lines_of(longest + "\nb\n"), (texts{"1:" + std::string(20, 'x'), "2:b"}));
  CAF_CHECK_EQUAL(lines_of(longest + "x\nb\n"), (texts{"1!" + std::string(20, 'x'), "2:b"}));
  CAF_CHECK_EQUAL(lines_of("a\n" + longest + longest + longest), (texts{"1:a", "2!" + std::string(20, 'x')}));
}

CAF_TEST(gzip is told by its first bytes and may have many members) {
  std::string all, packed;
  texts expected;
  for (int i = 1; i <= 30'000; ++i) {
    all += "line " + std::to_string(i) + '\n';
    expected.push_back(std::to_string(i) + ":line " + std::to_string(i));
  }
  for (std::size_t at = 0; at < all.size(); at += 77'777) // members end in the middle of lines
    packed += gzip(all.substr(at, 77'777));
  CAF_CHECK_EQUAL(lines_of(packed), expected);
  CAF_CHECK_EQUAL(lines_of(packed + std::string(1'000, '\0')), expected); // as a tape fills up
  CAF_CHECK_EQUAL(lines_of(gzip("") + gzip("a\n")), (texts{"1:a"}));
}

CAF_TEST(a gzip stream that is cut off or damaged or followed by something else says so with the line) {
  const auto packed = gzip("a\nb\nc\n");
  auto cut = lines_of(packed.substr(0, packed.size() - 1));
  CAF_CHECK_EQUAL(cut.back(), "ends in the middle of its gzip stream (after line 3)");
  CAF_CHECK_EQUAL(lines_of(packed.substr(0, 12)),
                  (texts{"ends in the middle of its gzip stream (after line 0)"}));
  auto broken = packed;
  broken[packed.size() - 6] ^= 1; // in the checksum
  const auto damaged = lines_of(broken);
  CAF_CHECK_EQUAL(damaged.back(), "its gzip stream is damaged: incorrect data check (after line 0)");
  const auto followed = lines_of(packed + "more");
  CAF_CHECK_EQUAL(followed.back(),
                  "has something after the end of its gzip stream that is none (after line 3)");
}

CAF_TEST(what is not there or is a folder is refused by name) {
  CAF_CHECK_EQUAL(byte_source::open(folder / "nothing").error().field, folder / "nothing");
  CAF_CHECK_EQUAL(identify_input(folder / "nothing").error().detail,
                  "cannot be read: No such file or directory");
  CAF_CHECK_EQUAL(identify_input(folder.path().string()).error().detail, "is a folder");
}

CAF_TEST(inputs of other content have another identity) {
  auto identity = [&](const std::string& bytes) {
    write_file(path, bytes);
    return identify_input(path).value().value();
  };
  CAF_CHECK(identity("abc") == identity("abc"));
  CAF_CHECK(!(identity("abc") == identity("abd")));
  CAF_CHECK(!(identity("abc") == identity("abcd")));
}

CAF_TEST_FIXTURE_SCOPE_END()
