#include "tests/blackbox/support/writers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <deque>

namespace kinora::blackbox {

namespace json = boost::json;

namespace {

std::string tenant_path(const std::string& tenant) {
  return "/admin/v1/tenants/" + tenant;
}

/// The body of a GET; null for 404.
json::value shown(const server& at, const std::string& target) {
  const auto answer = at.admin().get(target);
  return answer.status == 404 ? json::value{} : must(200, answer).json();
}

json::object titles_of(const server& at, const std::string& tenant) {
  json::object out;
  const auto body = shown(at, tenant_path(tenant) + "/videos?limit=1000");
  for (auto& video : body.at("videos").as_array())
    out[video.at("id").as_string()] = video.at("title");
  return out;
}

std::string ndjson_of(const json::object& titles) {
  std::string out;
  for (auto& video : titles)
    out += json::serialize(json::object{{"id", video.key()}, {"title", video.value()}}) + '\n';
  return out;
}

change send_event(const std::string& tenant, const std::string& id, const std::string& user,
                  const std::string& video, json::value next) {
  return {"POST",
          "/v1/events",
          json::serialize(json::array{fixed_event(id, "like", user, video)}),
          std::move(next),
          {{"X-Tenant-ID", tenant}}};
}

/// How many likes of videos with the tag `tag` a user's record holds.
std::int64_t likes_in(const json::value& user, const char* tag) {
  const auto* sum = user.at("tag_sums").as_object().if_contains(tag);
  return sum == nullptr ? 0 : std::llround(sum->to_number<double>() / 2.0);
}

class flags_writer : public single_writer {
public:
  flags_writer(const std::filesystem::path& ledgers, unsigned seed)
      : single_writer{"flags", ledgers, flags(true, false, 100), seed} {}

private:
  static json::object flags(bool personalization_enabled, bool kill_switch_active, int rollout_percentage) {
    return {{"personalization_enabled", personalization_enabled},
            {"kill_switch_active", kill_switch_active},
            {"rollout_percentage", rollout_percentage}};
  }

  change draw(const json::value&) override {
    const auto next = flags(below(2) == 0, below(4) == 0, count() % 101);
    return {"PATCH", "/admin/v1/flags", json::serialize(next), next};
  }

  json::value look(const server& at) override { return shown(at, "/admin/v1/flags"); }
};

class rules_writer : public single_writer {
public:
  explicit rules_writer(const writers_options& x)
      : single_writer{x.tenant + ".rules", x.ledgers, state(1), x.seed},
        tenant_{x.tenant},
        learning_{x.learning} {}

private:
  /// Two members that are far apart, so that a torn write would show.
  static json::object state(int n) {
    return {{"recency_window_hours", n}, {"pins", json::object{{"nowhere", n}}}};
  }

  change draw(const json::value&) override {
    const auto next = state(count() % 9'999 + 1);
    auto rules = next;
    rules["learning"] = learning_;
    return {"PUT", tenant_path(tenant_), json::serialize(rules), next};
  }

  json::value look(const server& at) override {
    const auto rules = shown(at, tenant_path(tenant_));
    return json::object{{"recency_window_hours", rules.at("recency_window_hours")},
                        {"pins", rules.at("pins")}};
  }

  std::string tenant_;
  json::object learning_;
};

class catalogue_writer : public single_writer {
public:
  explicit catalogue_writer(const writers_options& x)
      : single_writer{x.tenant + ".videos", x.ledgers, x.titles, x.seed},
        tenant_{x.tenant},
        fixed_{x.videos},
        fixed_titles_{x.titles} {}

private:
  change draw(const json::value& now) override {
    const auto path = tenant_path(tenant_) + "/videos";
    const auto kind = below(6);
    const auto some = titles();
    if (kind == 0) {
      auto next = fixed_titles_;
      next.insert(some.begin(), some.end());
      return {"PUT", path + "?replace=true", fixed_ + ndjson_of(some), next};
    }
    auto next = now.as_object();
    const auto* id = "/v0";
    if (kind == 1 && next.erase(id + 1) == 1)
      return {"DELETE", path + id, {}, next};
    for (auto& video : some)
      next[video.key()] = video.value();
    return {"PUT", path, ndjson_of(some), next};
  }

  /// Some of thirty videos, with titles that have not been before.
  json::object titles() {
    json::object out;
    const auto title = "version " + std::to_string(count());
    for (int i = 0; i < 30; ++i)
      if (i == 0 || below(2) == 0)
        out["v" + std::to_string(i)] = title;
    return out;
  }

  json::value look(const server& at) override { return titles_of(at, tenant_); }

  std::string tenant_;
  std::string fixed_;
  json::object fixed_titles_;
};

/// Its state is the names of the tenant's SDK keys, in order.
class keys_writer : public single_writer {
public:
  explicit keys_writer(const writers_options& x)
      : single_writer{x.tenant + ".keys", x.ledgers, json::array{}, x.seed},
        path_{tenant_path(x.tenant) + "/keys"} {}

private:
  static constexpr std::size_t keys_max = 5;

  change draw(const json::value& now) override {
    if (now.as_array().size() == keys_max)
      return {"DELETE", path_, {}, json::array{}};
    const json::object key{{"name", "key" + std::to_string(1'000'000 + count())}};
    auto next = now.as_array();
    next.push_back(key.at("name"));
    return {"POST", path_, json::serialize(key), next};
  }

  json::value look(const server& at) override {
    std::vector<std::string> names;
    const auto body = shown(at, path_);
    for (auto& key : body.at("keys").as_array())
      names.emplace_back(key.at("name").as_string());
    std::ranges::sort(names);
    return json::array(names.begin(), names.end());
  }

  std::string path_;
};

class signals_writer : public single_writer {
public:
  explicit signals_writer(const writers_options& x)
      : single_writer{x.tenant + ".signals", x.ledgers, json::value{}, x.seed}, tenant_{x.tenant} {}

private:
  std::string path() const { return tenant_path(tenant_) + "/users/set/signals"; }

  change draw(const json::value&) override {
    const auto n = count();
    const json::object next{{"watched_ids", json::array{"w" + std::to_string(n)}},
                            {"affinities", json::object{{"tag" + std::to_string(n), 0.5}}}};
    return {"PUT", path(), json::serialize(next), next};
  }

  json::value look(const server& at) override {
    const auto seen = shown(at, path());
    if (seen.is_null())
      return seen;
    return json::object{{"watched_ids", seen.at("watched_ids")}, {"affinities", seen.at("affinities")}};
  }

  std::string tenant_;
};

/// Its state is how often the user liked `liked_video` since the last erasure; null: nobody knows them.
class erased_user_writer : public single_writer {
public:
  explicit erased_user_writer(const writers_options& x)
      : single_writer{x.tenant + ".erased", x.ledgers, json::value{}, x.seed}, tenant_{x.tenant} {}

private:
  static constexpr std::size_t ids_max = 100;

  std::string path() const { return tenant_path(tenant_) + "/users/erased"; }

  change draw(const json::value& now) override {
    if (!now.is_null() && below(4) == 0)
      return {"DELETE", path(), {}, json::value{}};
    id_ = "erased-" + std::to_string(count());
    return send_event(tenant_, id_, "erased", liked_video, now.is_null() ? 1 : now.as_int64() + 1);
  }

  json::value look(const server& at) override {
    const auto seen = shown(at, path());
    return seen.is_null() ? seen : likes_in(seen, liked_tag);
  }

  void done(const change& x) override {
    if (x.method == "POST")
      ids_.push_back(id_);
    if (ids_.size() > ids_max)
      ids_.pop_front();
  }

  /// Sends the latest events again: they are known, and bring nobody back.
  std::string check_more(const server& at) override {
    const auto before = look(at);
    json::array again;
    for (auto& id : ids_)
      again.push_back(fixed_event(id, "like", "erased", liked_video));
    const auto answer = at.api().post("/v1/events", json::serialize(again), {{"X-Tenant-ID", tenant_}});
    if (must(202, answer).json().at("accepted").as_int64() == 0 && look(at) == before)
      return {};
    return "events of " + path() + " count again: " + answer.body + '\n';
  }

  std::string tenant_;
  std::string id_;              ///< Of the event sent last.
  std::deque<std::string> ids_; ///< The latest ones that were acknowledged.
};

/// Its state is how often a position was seen and played. The page it is on is the same for all users, so
/// that a position counts once for each.
class attributed_writer : public single_writer {
public:
  attributed_writer(const server& at, const std::filesystem::path& ledgers, unsigned seed)
      : single_writer{"attributed", ledgers, json::object{{"impressions", 0}, {"plays", 0}}, seed} {
    put_tenant(at, tenant, R"({"rollout_percentage":0})", R"({"id":"v","title":"V"})");
    token_ = feed(at.api(), tenant, "user_hash=u").at("items").at(0).at("tracking_token").as_string();
  }

private:
  static constexpr auto tenant = "attributed";
  static constexpr int again_max = 100;

  /// A play of a user whose impression was sent before, or a new impression.
  change draw(const json::value& now) override {
    auto next = now.as_object();
    const auto is_play = now.at("plays") != now.at("impressions") && below(2) == 0;
    auto& count = next[is_play ? "plays" : "impressions"];
    const auto user = count.as_int64();
    count = user + 1;
    return {"POST",
            "/v1/events",
            json::serialize(json::array{event_of(is_play ? "view" : "impression", user)}),
            next,
            {{"X-Tenant-ID", tenant}}};
  }

  /// With an id that is new every time.
  json::object event_of(const std::string& type, std::int64_t user) {
    auto out = fixed_event("e" + std::to_string(++ids_), type, "user" + std::to_string(user), "v");
    out["tracking_token"] = token_;
    return out;
  }

  json::value look(const server& at) override {
    json::object out{{"impressions", 0}, {"plays", 0}};
    const auto body = shown(at, tenant_path(tenant) + "/stats");
    for (auto& cell : body.at("totals").as_array())
      for (auto& count : out)
        count.value() = count.value().as_int64() + cell.at(count.key()).as_int64();
    return out;
  }

  /// Tells again of the latest positions: they have counted.
  std::string check_more(const server& at) override {
    const auto before = look(at);
    json::array again;
    for (const auto* type : {"impression", "view"}) {
      const auto end = before.at(type == std::string{"view"} ? "plays" : "impressions").as_int64();
      for (auto user = std::max<std::int64_t>(0, end - again_max); user < end; ++user)
        again.push_back(event_of(type, user));
    }
    must(202, at.api().post("/v1/events", json::serialize(again), {{"X-Tenant-ID", tenant}}));
    if (look(at) == before)
      return {};
    return "positions of the tenant attributed count again\n";
  }

  std::string token_;
  std::int64_t ids_ = 0;
};

/// Its state is what the tenant holds; null: there is no such tenant.
class passing_tenant_writer : public single_writer {
public:
  passing_tenant_writer(const std::filesystem::path& ledgers, unsigned seed)
      : single_writer{"passing", ledgers, json::value{}, seed} {}

private:
  static constexpr auto tenant = "passing";

  change draw(const json::value& now) override {
    const auto n = count();
    const auto path = tenant_path(tenant);
    const auto kind = below(4);
    if (!now.is_null() && kind == 0)
      return {"DELETE", path, {}, json::value{}};
    auto next = now.is_null() ? json::object{{"likes", 0}, {"titles", json::object{}}}
                              : json::object{now.as_object()};
    if (kind == 1 && !now.is_null()) {
      next["titles"].as_object()["v"] = std::to_string(n);
      const json::object video{{"id", "v"}, {"title", std::to_string(n)}, {"tags", {"t0"}}};
      return {"PUT", path + "/videos", json::serialize(video), next};
    }
    if (kind == 2 && !now.is_null() && now.at("titles").as_object().contains("v")) {
      next["likes"] = now.at("likes").as_int64() + 1;
      return send_event(tenant, "passing-" + std::to_string(n), "u", "v", next);
    }
    next["hours"] = n % 9'999 + 1;
    const json::object rules{{"recency_window_hours", next["hours"]}};
    return {"PUT", path, json::serialize(rules), next};
  }

  json::value look(const server& at) override {
    const auto rules = shown(at, tenant_path(tenant));
    if (rules.is_null())
      return rules;
    const auto user = shown(at, tenant_path(tenant) + "/users/u");
    return json::object{{"likes", user.is_null() ? 0 : likes_in(user, "t0")},
                        {"titles", titles_of(at, tenant)},
                        {"hours", rules.at("recency_window_hours")}};
  }
};

} // namespace

single_writer::single_writer(std::string name, const std::filesystem::path& ledgers, json::value first,
                             unsigned seed)
    : name_{std::move(name)}, ledger_{ledgers / name_}, states_{std::move(first)}, random_{seed} {}

void single_writer::run(const server& to) {
  keep_alive_client client{to.admin().port(), {{"Authorization", "Bearer " + admin_token}}};
  for (;;) {
    const auto x = draw(states_.latest());
    ledger_.note("sent " + x.method + ' ' + x.target + ' ' + json::serialize(x.next));
    states_.sent(x.next);
    const auto answer = client.send(x.method, x.target, x.body, x.fields);
    if (answer.status == 0)
      return;
    if (answer.status / 100 != 2) {
      complaints_ += x.method + ' ' + x.target + ' ' + x.body + ": " + std::to_string(answer.status) + ' ' +
                     answer.body + '\n';
      return;
    }
    ledger_.note("acknowledged");
    states_.acknowledged();
    ++acknowledged_;
    done(x);
  }
}

std::string single_writer::check(const server& at) {
  auto out = std::exchange(complaints_, {});
  const auto seen = look(at);
  ledger_.note("seen " + json::serialize(seen));
  if (const auto wrong = states_.settle(seen); !wrong.empty())
    out += name_ + ' ' + wrong;
  return out + check_more(at);
}

std::unique_ptr<writer> write_attributed(const server& at, const std::filesystem::path& ledgers,
                                         unsigned seed) {
  return std::make_unique<attributed_writer>(at, ledgers, seed);
}

std::unique_ptr<writer> write_flags(const std::filesystem::path& ledgers, unsigned seed) {
  return std::make_unique<flags_writer>(ledgers, seed);
}

std::unique_ptr<writer> write_passing_tenant(const std::filesystem::path& ledgers, unsigned seed) {
  return std::make_unique<passing_tenant_writer>(ledgers, seed);
}

std::vector<std::unique_ptr<writer>> write_tenant(const writers_options& x) {
  std::vector<std::unique_ptr<writer>> out;
  out.push_back(std::make_unique<rules_writer>(x));
  out.push_back(std::make_unique<catalogue_writer>(x));
  out.push_back(std::make_unique<signals_writer>(x));
  out.push_back(std::make_unique<keys_writer>(x));
  out.push_back(std::make_unique<erased_user_writer>(x));
  return out;
}

json::object fixed_event(const std::string& id, const std::string& type, const std::string& user,
                         const std::string& video) {
  static const auto at = std::time(nullptr);
  return {{"event_id", id}, {"type", type}, {"user_hash", user}, {"video_id", video}, {"occurred_at", at}};
}

} // namespace kinora::blackbox
