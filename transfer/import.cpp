#include "transfer/import.hpp"

#include "transfer/durable_file.hpp"
#include "transfer/line_reader.hpp"
#include "transfer/rejected_lines.hpp"
#include "transfer/time_shift.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <sstream>

namespace kinora {

namespace {

using namespace std::chrono_literals;

/// How often the progress goes to disk; what is done again after a kill counts nothing twice.
constexpr auto save_interval = 1s;

std::string progress_path(const import_options& x) {
  return x.rejected_path + ".progress";
}

failure stopped() {
  return {errc::unavailable, {}, "interrupted; the same command goes on from here"};
}

result<line_reader> open_lines(const std::string& path) {
  auto source = byte_source::open(path);
  if (!source)
    return source.error();
  return line_reader{*std::move(source)};
}

/// The import that the options ask for, before its first line.
result<import_progress> begin(const import_options& x) {
  import_progress out;
  out.tenant = x.tenant;
  out.target = x.target;
  out.shifts = x.shift_to_now;
  auto files = x.files;
  std::ranges::sort(files, {}, &import_file::kind);
  for (auto& file : files) {
    auto input = identify_input(file.path);
    if (!input)
      return input.error();
    out.files.push_back({file.kind, file.path, *input, 0, {}});
  }
  return out;
}

/// By how much times move when the newest of all files becomes `now`.
result<std::chrono::milliseconds> find_shift(const import_options& x, const import_progress& progress) {
  std::optional<wall_time> newest;
  for (auto& file : progress.files) {
    auto lines = open_lines(file.path);
    if (!lines)
      return lines.error();
    for (;;) {
      auto line = lines->next();
      if (!line)
        return line.error();
      if (!*line)
        break;
      if (x.is_stopped())
        return stopped();
      if (auto at = (*line)->is_too_long ? std::nullopt : time_of(file.kind, (*line)->text))
        newest = std::max(newest.value_or(*at), *at);
    }
  }
  if (!newest)
    return invalid("--shift-to-now", "no file holds a time");
  return x.wall_clock() - *newest;
}

/// One run of an import.
class import_run {
public:
  import_run(const import_options& x, destination& to, progress_display& display, import_progress progress)
      : options_{x},
        to_{to},
        display_{display},
        progress_{std::move(progress)},
        rejected_{x.rejected_path, progress_.rejected_listed, progress_.rejected_bytes},
        saved_at_{x.steady_clock()} {
    for (auto& file : progress_.files)
      bytes_total_ += file.input ? file.input->bytes : 0;
  }

  result<void> take_all() {
    for (auto& file : progress_.files) {
      auto done = take(file);
      // What is stored is stored, whatever went wrong then: the next run need not do it again.
      if (auto saved = save(); done && !saved)
        done = saved;
      if (!done)
        return done;
    }
    return {};
  }

  std::uint64_t lines() const noexcept { return lines_; }
  const import_progress& progress() const noexcept { return progress_; }

private:
  result<void> take(import_progress::file& file) {
    auto opened = open_lines(file.path);
    if (!opened)
      return opened.error();
    auto& lines = *opened;
    for (;;) {
      auto line = lines.next();
      if (!line)
        return flush(file) ? result<void>{line.error()} : flush_failure_;
      if (!*line)
        break;
      if (options_.is_stopped())
        return flush(file) ? result<void>{stopped()} : flush_failure_;
      if ((*line)->number > file.lines_done)
        if (auto added = add(file, **line); !added)
          return added;
      show(file, lines.source());
    }
    bytes_before_ += lines.source().bytes_read();
    return flush(file) ? result<void>{} : flush_failure_;
  }

  /// Puts a line to those that are sent next.
  result<void> add(import_progress::file& file, const input_line& line) {
    if (line.is_too_long) {
      refuse(line.number, "line_too_long",
             "the line has more than " + std::to_string(line_bytes_max) + " bytes", line.text);
    } else if (auto text = in_its_time(file.kind, line.text); !text) {
      refuse(line.number, "invalid_json", text.error().field + ' ' + text.error().detail, line.text);
    } else {
      if (!piece_lines_.empty() && piece_.size() + text->size() > piece_bytes_max && !flush(file))
        return flush_failure_;
      piece_lines_.push_back({line.number, piece_.size(), text->size()});
      (piece_ += *text) += '\n';
    }
    last_line_ = line.number;
    return piece_lines_.size() + refused_.size() < piece_lines_max || flush(file) ? result<void>{}
                                                                                  : flush_failure_;
  }

  result<std::string_view> in_its_time(row_kind kind, std::string_view text) {
    if (!progress_.moved_by)
      return text;
    auto out = moved(kind, text, *progress_.moved_by);
    if (!out)
      return out.error();
    moved_text_ = *std::move(out);
    return std::string_view{moved_text_};
  }

  void refuse(std::uint64_t line, std::string code, std::string detail, std::string_view text) {
    // One byte more than is kept, so that it shows that there was more.
    refused_.push_back({line, std::move(code), std::move(detail),
                        std::string{text.substr(0, rejected_lines::text_bytes_max + 1)}});
  }

  /// Sends the lines that were put together; false when that fails, with the reason in `flush_failure_`.
  bool flush(import_progress::file& file) {
    flush_failure_ = send(file);
    return flush_failure_.has_value();
  }

  result<void> send(import_progress::file& file) {
    lines_ += refused_.size() + piece_lines_.size();
    if (!piece_lines_.empty()) {
      auto done = to_.take(file.kind, piece_);
      if (!done)
        return done.error();
      file.counts.accepted += done->accepted;
      file.counts.duplicates += done->duplicates;
      for (auto& x : done->rejected) {
        auto& line = piece_lines_.at(x.index);
        refuse(line.number, x.code, x.detail, std::string_view{piece_}.substr(line.begin, line.bytes));
      }
    }
    std::ranges::stable_sort(refused_, {}, &refused_line::number);
    for (auto& x : refused_)
      if (auto listed = rejected_.add({file.path, x.number, x.code, x.detail, x.text}); !listed)
        return listed;
    file.counts.rejected += refused_.size();
    file.lines_done = std::max(file.lines_done, last_line_);
    last_line_ = 0;
    refused_.clear();
    piece_lines_.clear();
    piece_.clear();
    return options_.steady_clock() >= saved_at_ + save_interval ? save() : result<void>{};
  }

  /// Lines that are done are stored by now, and the rejected ones are in their file.
  result<void> save() {
    saved_at_ = options_.steady_clock();
    if (auto synced = rejected_.sync(); !synced)
      return synced;
    progress_.rejected_listed = rejected_.listed();
    progress_.rejected_bytes = rejected_.bytes();
    const auto can_resume = std::ranges::all_of(progress_.files, [](auto& x) { return x.input.has_value(); });
    return can_resume ? save_progress(progress_path(options_), progress_) : result<void>{};
  }

  void show(const import_progress::file& file, const byte_source& source) {
    progress_display::state x{file.path, lines_ + piece_lines_.size(), 0, bytes_before_ + source.bytes_read(),
                              bytes_total_};
    for (auto& each : progress_.files)
      x.rejected += each.counts.rejected;
    display_.update(x, options_.steady_clock());
  }

  struct piece_line {
    std::uint64_t number;
    std::size_t begin; ///< In the piece.
    std::size_t bytes;
  };

  struct refused_line {
    std::uint64_t number;
    std::string code;
    std::string detail;
    std::string text;
  };

  const import_options& options_;
  destination& to_;
  progress_display& display_;
  import_progress progress_;
  rejected_lines rejected_;
  steady_time saved_at_;
  std::string piece_;
  std::vector<piece_line> piece_lines_;
  std::vector<refused_line> refused_; ///< To be listed once the piece is stored.
  std::string moved_text_;
  result<void> flush_failure_;
  std::uint64_t last_line_ = 0; ///< The last one that was read: with the piece, all up to it are done.
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_before_ = 0; ///< Of the files before.
  std::uint64_t bytes_total_ = 0;
};

std::uint64_t lines_of(const import_progress& x) {
  std::uint64_t out = 0;
  for (auto& file : x.files)
    out += file.lines_done;
  return out;
}

} // namespace

std::uint64_t import_summary::rejected() const {
  std::uint64_t out = 0;
  for (auto& file : done.files)
    out += file.counts.rejected;
  return out;
}

result<void> check_import(const import_options& x) {
  if (x.files.empty())
    return invalid("import", "nothing to import: give at least one of --rules, --videos, --signals, "
                             "--popularity and --events");
  if (std::ranges::count(x.files, standard_stream, &import_file::path) > 1)
    return invalid("import", "standard input can be one file only");
  for (auto& file : x.files) {
    const auto flag = "--" + std::string{to_string_view(file.kind)};
    if (x.shift_to_now && file.path == standard_stream)
      return invalid("--shift-to-now",
                     "reads the files twice, which standard input (" + flag + " -) cannot be");
    if (x.shift_to_now && (file.kind == row_kind::rules || file.kind == row_kind::popularity))
      return invalid("--shift-to-now", "cannot go with " + flag + ": what an export wrote keeps its times");
  }
  std::vector<std::string> inputs;
  for (auto& file : x.files)
    inputs.push_back(file.path);
  if (auto bad = check_output("--rejected", x.rejected_path, inputs))
    return *bad;
  return {};
}

result<import_summary> run_import(const import_options& x, destination& to, progress_display& display) {
  import_summary out;
  const auto start = x.steady_clock();
  auto progress = begin(x);
  if (!progress)
    return progress.error();
  auto before = load_progress(progress_path(x));
  if (!before)
    return before.error();
  if (*before && (*before)->is_same_import(*progress))
    progress = **std::move(before);
  out.lines_before = lines_of(*progress);
  if (x.shift_to_now && !progress->moved_by) {
    auto by = find_shift(x, *progress);
    if (!by)
      return by.error();
    progress->moved_by = *by;
    if (auto saved = save_progress(progress_path(x), *progress); !saved)
      return saved.error();
  }
  auto made = to.open_tenant();
  if (!made)
    return made.error();
  out.made_tenant = *made;
  import_run run{x, to, display, *std::move(progress)};
  auto done = run.take_all();
  display.finish();
  if (!done)
    return done.error();
  std::error_code ignored;
  std::filesystem::remove(progress_path(x), ignored);
  out.lines = run.lines();
  out.done = run.progress();
  out.took = x.steady_clock() - start;
  return out;
}

std::string to_text(const import_options& x, const import_summary& done) {
  std::ostringstream out;
  auto row = [&](std::string_view kind, auto accepted, auto duplicates, auto rejected) {
    auto right = [](const std::string& text) {
      return std::string(12 - std::min<std::size_t>(text.size(), 11), ' ') + text;
    };
    out << kind << std::string(12 - kind.size(), ' ') << right(accepted) << right(duplicates)
        << right(rejected) << '\n';
  };
  out << "tenant " << x.tenant << (done.made_tenant ? ", made with default rules" : "") << '\n';
  row("", std::string{"accepted"}, std::string{"duplicates"}, std::string{"rejected"});
  for (auto& file : done.done.files)
    row(to_string_view(file.kind), std::to_string(file.counts.accepted),
        std::to_string(file.counts.duplicates), std::to_string(file.counts.rejected));
  const auto seconds = std::chrono::duration<double>(done.took).count();
  out << done.lines << " lines in " << std::round(seconds * 100) / 100 << " s, "
      << static_cast<std::uint64_t>(static_cast<double>(done.lines) / std::max(seconds, 0.001)) << " lines/s";
  if (done.lines_before > 0)
    out << "; went on behind " << done.lines_before << " lines of an earlier run";
  out << '\n';
  if (done.rejected() > 0)
    out << "rejected lines: " << x.rejected_path << '\n';
  return out.str();
}

} // namespace kinora
