// A tenant's rules as JSON: what is taken comes back as it was.
#include "tests/fuzz/check.hpp"

#include "http/formats/rules_format.hpp"
#include "http/json_text.hpp"

using namespace kinora;
using namespace kinora::http;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto value = parse_json({reinterpret_cast<const char*>(data), size}, "rules");
  if (!value)
    return 0;
  const auto rules = parse_rules(*value);
  if (!rules)
    return 0;
  const auto written = write_rules(*rules);
  const auto again = parse_rules(*parse_json(to_text(written), "rules"));
  check(again.has_value() && *again == *rules, "rules that changed on their way");
  return 0;
}
