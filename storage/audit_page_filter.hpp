#pragma once

#include "storage/audit_store.hpp"

#include <algorithm>

namespace kinora {

/// Makes a page of the log out of its entries, which are handed in from the newest on: the same for all
/// engines.
class audit_page_filter {
public:
  /// `x` outlives it.
  explicit audit_page_filter(const audit_query& x) : query_{x} {}

  /// Returns false once the page needs no more; `number` then was not looked at.
  bool take(std::uint64_t number, const audit_entry& x) {
    if (page_.rows.size() == query_.limit || looked_at_ == audit_rows_per_look) {
      page_.next = number + 1;
      return false;
    }
    if (x.at < query_.since - clock_set_back_max)
      return false;
    ++looked_at_;
    auto& wanted = query_.tenants;
    auto is_of_these = wanted.empty() || std::find(wanted.begin(), wanted.end(), x.tenant) != wanted.end();
    if (is_of_these && x.at >= query_.since)
      page_.rows.push_back({number, x});
    return true;
  }

  audit_page page() && { return std::move(page_); }

private:
  /// Entries are in the order in which they were written; their times are, as far as the wall clock was not
  /// set back.
  static constexpr std::chrono::hours clock_set_back_max{1};

  const audit_query& query_;
  audit_page page_;
  std::size_t looked_at_ = 0;
};

} // namespace kinora
