#pragma once

#include "domain/audit.hpp"
#include "domain/flags.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/video.hpp"

#include <functional>

namespace kinora {

/// How changes look in the audit log, written by whoever knows the formats. nullptr: there was, or is,
/// nothing. Those that are not set write nothing. Any thread.
struct describers {
  std::function<change_text(const global_flags&, const global_flags&)> flags = [](auto&, auto&) {
    return change_text{};
  };
  std::function<change_text(const tenant_rules*, const tenant_rules*)> rules = [](auto*, auto*) {
    return change_text{};
  };
  std::function<change_text(const video*, const video*)> video = [](auto*, auto*) { return change_text{}; };
};

} // namespace kinora
