#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace kinora {

/// Names (tags, creators) ↔ small dense numbers, so that columns hold four bytes instead of strings.
/// Grows only; a catalogue starts a new one when it rebuilds every block.
class symbol_table {
public:
  /// Returns the number of `name`, giving it the next one when it is new.
  std::uint32_t intern(std::string_view name) {
    if (auto i = symbols_.find(name); i != symbols_.end())
      return i->second;
    auto next = static_cast<std::uint32_t>(symbols_.size());
    symbols_.emplace(name, next);
    return next;
  }

  std::optional<std::uint32_t> find(std::string_view name) const {
    auto i = symbols_.find(name);
    return i == symbols_.end() ? std::nullopt : std::optional{i->second};
  }

  /// One more than the largest number given out.
  std::size_t size() const noexcept { return symbols_.size(); }

private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const noexcept { return std::hash<std::string_view>{}(x); }
  };

  std::unordered_map<std::string, std::uint32_t, hash, std::equal_to<>> symbols_;
};

} // namespace kinora
