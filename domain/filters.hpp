#pragma once

#include "domain/maturity.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/video.hpp"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace kinora {

/// A tenant's filters, made ready to be asked once per video when the catalogue or the rules change.
class video_filter {
public:
  explicit video_filter(const catalogue_filters& filters);

  /// Whether the tenant ever shows `x`; its publication and expiry are not looked at.
  bool passes(const video& x) const;

private:
  std::unordered_set<std::string> exclude_tags_;
  std::optional<maturity> max_maturity_;
  std::vector<std::string> languages_; ///< Lower case.
};

} // namespace kinora
