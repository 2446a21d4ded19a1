// Moving the times of an import, so that old data is as good as new.
#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "transfer/row_kind.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// The time by which a line tells how new it is: `occurred_at` of an event, `last_active` of signals,
/// `published_at` of a video. nullopt when it has none that can be read.
std::optional<wall_time> time_of(row_kind kind, std::string_view line);

/// The line with all of its times moved by `by`, `expires_at` of a video too; signals say in `moved_ms` by
/// how much. A time that cannot be read stays. Fails when the line is no JSON, or a row of an export: those
/// keep their times.
result<std::string> moved(row_kind kind, std::string_view line, std::chrono::milliseconds by);

} // namespace kinora
