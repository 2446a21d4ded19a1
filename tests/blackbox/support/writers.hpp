// Clients that change one thing each of a server, over and over, and know afterwards what it has to look
// like.
#pragma once

#include "tests/blackbox/support/ledger.hpp"
#include "tests/blackbox/support/server.hpp"

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace kinora::blackbox {

/// One client of a server that is killed while the client runs.
class writer {
public:
  virtual ~writer() = default;

  /// Sends one request after the other until one is not answered.
  virtual void run(const server& to) = 0;

  /// After a restart: what is not as it has to be, a line each; empty when all is. From here on what is
  /// there counts as acknowledged.
  virtual std::string check(const server& at) = 0;

  /// Requests acknowledged since the beginning.
  virtual std::size_t acknowledged() const = 0;
};

/// A request through the admin port, and what the thing looks like once it is done.
struct change {
  std::string method;
  std::string target;
  std::string body;
  boost::json::value next;
  headers fields = {};
};

/// The only client that changes a thing. The thing's state is JSON: what identifies what has been written.
class single_writer : public writer {
public:
  single_writer(std::string name, const std::filesystem::path& ledgers, boost::json::value first,
                unsigned seed);

  void run(const server& to) override;
  std::string check(const server& at) override;
  std::size_t acknowledged() const override { return acknowledged_; }

protected:
  /// The next change of what is now as `now` says.
  virtual change draw(const boost::json::value& now) = 0;

  /// The thing's state, as the server shows it.
  virtual boost::json::value look(const server& at) = 0;

  /// Told of every change that was acknowledged.
  virtual void done(const change&) {}

  /// Whatever else has to hold after a restart, as `check` says it.
  virtual std::string check_more(const server&) { return {}; }

  int below(int end) { return std::uniform_int_distribution{0, end - 1}(random_); }

  /// 1, 2, 3 and so on.
  int count() { return ++count_; }

private:
  std::string name_;
  ledger ledger_;
  possible_states states_;
  std::mt19937 random_;
  int count_ = 0;
  std::size_t acknowledged_ = 0;
  std::string complaints_; ///< Answers that should not have been.
};

inline constexpr auto liked_video = "liked";
inline constexpr auto liked_tag = "liking";

/// One writer each of the flags; of the rules, the catalogue, the SDK keys and the set signals of `tenant`;
/// of a user of `tenant` that sends events and is erased; and of a tenant that is made and removed. `videos`
/// (NDJSON, with their titles in `titles`) stay in the catalogue throughout, among them `liked_video` with
/// the tag `liked_tag`, for that user's events alone; `learning` stays in the rules.
struct writers_options {
  std::string tenant;
  std::string videos;
  boost::json::object titles; ///< Id → title.
  boost::json::object learning;
  std::filesystem::path ledgers; ///< A folder.
  unsigned seed = 0;
};

/// Sends events that echo a token of a feed of `at`, of a tenant of their own, from one user after the other.
std::unique_ptr<writer> write_attributed(const server& at, const std::filesystem::path& ledgers,
                                         unsigned seed);

std::unique_ptr<writer> write_flags(const std::filesystem::path& ledgers, unsigned seed);
std::unique_ptr<writer> write_passing_tenant(const std::filesystem::path& ledgers, unsigned seed);
std::vector<std::unique_ptr<writer>> write_tenant(const writers_options& x);

/// An event of a time that never changes while a process lives, so that sums are whole multiples.
boost::json::object fixed_event(const std::string& id, const std::string& type, const std::string& user,
                                const std::string& video);

} // namespace kinora::blackbox
