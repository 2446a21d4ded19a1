#include "tests/blackbox/support/event_traffic.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>
#include <thread>

namespace kinora::blackbox {

namespace json = boost::json;

namespace {

/// Of the events about one video: their type, and what one is worth by the default rules.
struct kind {
  const char* type;
  double amount;
};

constexpr std::array<kind, event_traffic::videos> kinds{
    {{"like", 2.0}, {"share", 3.0}, {"complete", 1.0}, {"skip", -0.5}}};

constexpr int fresh_max = 40;          ///< New events of a batch.
constexpr int repeats_max = 10;        ///< Events of a batch that were sent before, or just now by others.
constexpr int sample_size = 1'000;     ///< Older events sent again after a run.
constexpr std::size_t per_batch = 500; ///< Of those sent again.

} // namespace

event_traffic::event_traffic(std::string tenant, int clients, const std::filesystem::path& ledgers,
                             unsigned seed)
    : tenant_{std::move(tenant)}, random_{seed} {
  for (int i = 0; i < clients; ++i)
    clients_.emplace_back(ledgers / (tenant_ + ".events" + std::to_string(i)), random_());
}

void event_traffic::run(const server& to) {
  std::vector<std::thread> threads;
  for (int i = 0; i < static_cast<int>(clients_.size()); ++i)
    threads.emplace_back([&, i] { run(to, i); });
  for (auto& thread : threads)
    thread.join();
}

void event_traffic::run(const server& to, int number) {
  auto& self = clients_[static_cast<std::size_t>(number)];
  self.acknowledged.clear();
  keep_alive_client connection{to.api().port(), {{"X-Tenant-ID", tenant_}}};
  for (;;) {
    const auto batch = draw(number);
    json::array body;
    std::string names;
    for (auto& x : batch) {
      body.push_back(event_of(x));
      names += ' ' + text_of(x);
    }
    self.notes.note("sent" + names);
    const auto answer = connection.send("POST", "/v1/events", json::serialize(body));
    if (answer.status == 0)
      return;
    note_answer(self, batch, answer);
    if (answer.status != 202)
      return;
  }
}

/// Some new events of a client, and some that it or another one has sent, perhaps just now.
std::vector<event_traffic::event_name> event_traffic::draw(int number) {
  auto& self = clients_[static_cast<std::size_t>(number)];
  auto below = [&](int end) { return std::uniform_int_distribution{0, end - 1}(self.random); };
  std::vector<event_name> out;
  const auto first = self.sent.load();
  const auto end = first + 1 + below(fresh_max);
  for (auto i = first; i < end; ++i)
    out.push_back({number, i});
  self.sent = end;
  for (auto repeats = below(repeats_max); repeats > 0; --repeats) {
    const auto other = below(static_cast<int>(clients_.size()));
    const auto sent = clients_[static_cast<std::size_t>(other)].sent.load();
    if (sent > 0)
      out.push_back({other, below(2) == 0 ? below(sent) : std::max(0, sent - 1 - below(fresh_max))});
  }
  return out;
}

void event_traffic::note_answer(client& of, const std::vector<event_name>& batch, const reply& answer) const {
  if (answer.status == 202) {
    of.notes.note("acknowledged " + answer.body);
    of.acknowledged.insert(of.acknowledged.end(), batch.begin(), batch.end());
    ++of.acknowledgements;
    const auto body = answer.json();
    const auto taken = body.at("accepted").as_int64() + body.at("duplicates").as_int64();
    if (taken == static_cast<std::int64_t>(batch.size()))
      return;
  }
  of.complaints += "events of " + tenant_ + ": " + std::to_string(answer.status) + ' ' + answer.body + '\n';
}

std::string event_traffic::text_of(const event_name& x) {
  return std::to_string(x.client) + '-' + std::to_string(x.number);
}

std::size_t event_traffic::cell_of(const event_name& x) {
  const auto one = static_cast<std::uint32_t>(x.number) * 8 + static_cast<std::uint32_t>(x.client);
  return (one * 2'654'435'761u >> 8) % std::tuple_size_v<counts>; // Knuth's multiplicative hash
}

json::object event_traffic::event_of(const event_name& x) {
  const auto cell = cell_of(x);
  return fixed_event(text_of(x), kinds.at(cell % videos).type, "u" + std::to_string(cell / videos),
                     "f" + std::to_string(cell % videos));
}

std::string event_traffic::check(const server& at) {
  std::string out;
  for (auto& x : clients_)
    out += std::exchange(x.complaints, {});
  const auto [acknowledged, others] = last_run();
  auto least = known_;
  for (auto& x : acknowledged)
    ++least[cell_of(x)];
  auto most = least;
  for (auto& x : others)
    ++most[cell_of(x)];

  const auto seen = seen_in(at);
  out += check_counts(seen, least, most) + check_popularity(at, seen);
  out += send_again(at, std::vector(acknowledged.begin(), acknowledged.end()), 0);
  std::vector<event_name> sample;
  for (int i = 0; i < sample_size; ++i) {
    const auto from = static_cast<int>(random_() % clients_.size());
    if (const auto known = clients_[static_cast<std::size_t>(from)].known; known > 0)
      sample.push_back({from, std::uniform_int_distribution{0, known - 1}(random_)});
  }
  out += send_again(at, sample, 0);
  const auto missing = std::reduce(most.begin(), most.end()) - std::reduce(seen.begin(), seen.end());
  out += send_again(at, std::vector(others.begin(), others.end()), missing);
  out += check_counts(seen_in(at), most, most);

  known_ = most;
  for (auto& x : clients_)
    x.known = x.sent;
  return out;
}

std::string event_traffic::check_all(const server& at) const {
  std::vector<event_name> all;
  for (int i = 0; i < static_cast<int>(clients_.size()); ++i)
    for (int number = 0; number < clients_[static_cast<std::size_t>(i)].sent; ++number)
      all.push_back({i, number});
  return send_again(at, all, 0) + check_counts(seen_in(at), known_, known_);
}

std::size_t event_traffic::acknowledged() const {
  std::size_t out = 0;
  for (auto& x : clients_)
    out += x.acknowledgements;
  return out;
}

std::pair<std::set<event_traffic::event_name>, std::set<event_traffic::event_name>>
event_traffic::last_run() const {
  std::set<event_name> acknowledged, others;
  for (auto& x : clients_)
    for (auto& event : x.acknowledged)
      if (event.number >= clients_[static_cast<std::size_t>(event.client)].known)
        acknowledged.insert(event);
  for (int i = 0; i < static_cast<int>(clients_.size()); ++i) {
    auto& x = clients_[static_cast<std::size_t>(i)];
    for (auto number = x.known; number < x.sent; ++number)
      if (const event_name event{i, number}; !acknowledged.contains(event))
        others.insert(event);
  }
  return {std::move(acknowledged), std::move(others)};
}

/// From the sums of the users' tags; what is no whole multiple shows as -1.
event_traffic::counts event_traffic::seen_in(const server& at) const {
  counts out{};
  for (std::size_t cell = 0; cell < out.size(); ++cell) {
    const auto path = "/admin/v1/tenants/" + tenant_ + "/users/u" + std::to_string(cell / videos);
    const auto answer = at.admin().get(path);
    if (answer.status == 404)
      continue;
    const auto user = must(200, answer).json();
    const auto* sum = user.at("tag_sums").as_object().if_contains("t" + std::to_string(cell % videos));
    const auto events = sum == nullptr ? 0.0 : sum->to_number<double>() / kinds.at(cell % videos).amount;
    out.at(cell) = std::abs(events - std::round(events)) < 1e-6 ? static_cast<int>(std::round(events)) : -1;
  }
  return out;
}

std::string event_traffic::check_counts(const counts& seen, const counts& least, const counts& most) const {
  std::string out;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i] < least[i] || seen[i] > most[i])
      out += tenant_ + ": user u" + std::to_string(i / videos) + " has " + std::to_string(seen[i]) +
             " events about f" + std::to_string(i % videos) + ", acknowledged " + std::to_string(least[i]) +
             ", sent " + std::to_string(most[i]) + '\n';
  return out;
}

/// Holds what feeds explain against what the users have sent. A popularity below zero is shown as zero.
std::string event_traffic::check_popularity(const server& at, const counts& seen) const {
  std::string out;
  const auto page = feed(at.api(), tenant_, "user_hash=reader&limit=50&explain=true");
  const auto occurred_at = fixed_event({}, {}, {}, {}).at("occurred_at").as_int64();
  const auto age_hours = static_cast<double>(std::time(nullptr) - occurred_at) / 3'600.0;
  const auto decay = std::exp2(-age_hours / popularity_half_life_hours);
  std::size_t found = 0;
  for (auto& item : page.at("items").as_array()) {
    const std::string id{item.at("id").as_string()};
    if (!id.starts_with('f'))
      continue;
    ++found;
    const auto video = static_cast<std::size_t>(std::stoi(id.substr(1)));
    double expected = 0.0;
    for (std::size_t cell = video; cell < seen.size(); cell += videos)
      expected += kinds.at(video).amount * seen[cell];
    const auto shown = item.at("explain").at("popularity").to_number<double>();
    const auto sum = popularity_k * shown / (1.0 - shown) / decay;
    if (std::abs(sum - std::max(0.0, expected)) > 0.45)
      out += tenant_ + ": the popularity of " + id + " is " + std::to_string(sum) + ", not " +
             std::to_string(expected) + '\n';
  }
  return found == videos ? out : out + tenant_ + ": the feed does not show every video\n";
}

std::string event_traffic::send_again(const server& at, std::span<const event_name> events,
                                      int expected) const {
  keep_alive_client connection{at.api().port(), {{"X-Tenant-ID", tenant_}}};
  std::int64_t accepted = 0, duplicates = 0;
  for (std::size_t begin = 0; begin < events.size(); begin += per_batch) {
    json::array body;
    for (auto& x : events.subspan(begin, std::min(per_batch, events.size() - begin)))
      body.push_back(event_of(x));
    const auto answer = must(202, connection.send("POST", "/v1/events", json::serialize(body))).json();
    accepted += answer.at("accepted").as_int64();
    duplicates += answer.at("duplicates").as_int64();
  }
  if (accepted == expected && accepted + duplicates == static_cast<std::int64_t>(events.size()))
    return {};
  return tenant_ + ": of " + std::to_string(events.size()) + " events sent again " +
         std::to_string(accepted) + " are accepted, not " + std::to_string(expected) + ", and " +
         std::to_string(duplicates) + " are duplicates\n";
}

} // namespace kinora::blackbox
