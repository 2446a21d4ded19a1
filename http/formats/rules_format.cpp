#include "http/formats/rules_format.hpp"

#include "domain/maturity.hpp"
#include "http/formats/json_reader.hpp"

#include <boost/json/value_from.hpp>

#include <array>

namespace kinora::http {

namespace {

namespace json = boost::json;

constexpr number_between factor{0.0, 1'000.0};

result<boost_weights> parse_weights(const json::value& value) {
  boost_weights out;
  object_reader in{value};
  in.read("recency", out.recency, factor);
  in.read("popularity", out.popularity, factor);
  in.read("user_affinity", out.user_affinity, factor);
  in.read("creator_affinity", out.creator_affinity, factor);
  in.refuse_unknown();
  return in.finish(out);
}

result<std::string> parse_rating(const json::value& value) {
  const auto* text = value.if_string();
  if (!text || parse_maturity(*text) == maturity::unknown)
    return invalid("", "must be one of G, PG, PG-13, R and NC-17");
  std::string out{*text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return out;
}

result<catalogue_filters> parse_filters(const json::value& value) {
  catalogue_filters out;
  object_reader in{value};
  in.read("exclude_tags", out.exclude_tags, text_list{exclude_tags_max, name_text});
  in.read("max_maturity", out.max_maturity, parse_rating);
  in.read("languages", out.languages, text_list{languages_max, {1, 35}});
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<diversity_limits> parse_diversity(const json::value& value) {
  constexpr whole_number_between positions{1, diversity_limits::window_max};
  diversity_limits out;
  object_reader in{value};
  in.read("max_per_creator", out.max_per_creator, positions);
  in.read("max_per_tag", out.max_per_tag, positions);
  in.read("window", out.window, positions);
  in.refuse_unknown();
  return in.finish(out);
}

result<std::array<double, event_type_names.size()>> parse_event_weights(const json::value& value) {
  auto out = learning_rules{}.weights;
  object_reader in{value};
  for (std::size_t i = 0; i < out.size(); ++i)
    in.read(event_type_names[i], out[i], number_between{-100.0, 100.0});
  in.refuse_unknown();
  return in.finish(out);
}

result<learning_rules> parse_learning(const json::value& value) {
  learning_rules out;
  object_reader in{value};
  in.read("event_weights", out.weights, parse_event_weights);
  in.read("watched_fraction", out.watched_fraction, number_between{0.0, 1.0});
  in.read("popularity_half_life_hours", out.popularity_half_life_hours, number_between{0.1, 8'760.0});
  in.read("popularity_weight", out.popularity_weight, number_between{0.0, 1.0});
  in.read("popularity_k", out.popularity_k, number_between{0.001, 1e9});
  in.refuse_unknown();
  return in.finish(out);
}

json::object write_learning(const learning_rules& x) {
  json::object weights;
  for (std::size_t i = 0; i < x.weights.size(); ++i)
    weights[json::string_view{event_type_names[i].data(), event_type_names[i].size()}] = x.weights[i];
  return {{"event_weights", std::move(weights)},
          {"watched_fraction", x.watched_fraction},
          {"popularity_half_life_hours", x.popularity_half_life_hours},
          {"popularity_weight", x.popularity_weight},
          {"popularity_k", x.popularity_k}};
}

json::value write_limit(const std::optional<std::uint32_t>& limit) {
  return limit ? json::value(*limit) : json::value();
}

result<double> parse_window(const json::value& value) {
  constexpr double hours_max = 87'600.0;
  const auto hours = number_between{0.0, hours_max}(value);
  if (hours && *hours > 0.0)
    return hours;
  return invalid("", "must be a number of hours above 0 and at most 87600");
}

result<std::string> parse_url_template(const json::value& value) {
  auto out = text_between{0, 2'048}(value);
  if (out && !out->empty() && out->find("{id}") == std::string::npos)
    return invalid("", "must contain {id}, which stands for the video's id");
  return out;
}

} // namespace

result<tenant_rules> parse_rules(const json::value& value) {
  tenant_rules out;
  object_reader in{value};
  in.read("boost_weights", out.weights, parse_weights);
  in.read("tag_multipliers", out.tag_multipliers, map_of{tag_multipliers_max, factor});
  in.read("recency_window_hours", out.recency_window_hours, parse_window);
  in.read("filters", out.filters, parse_filters);
  in.read("pins", out.pins, map_of{pins_max, whole_number_between{0, 9'999}});
  in.read("boosts", out.boosts, map_of{boosts_max, number_between{0.0, 3.0}});
  in.read("diversity", out.diversity, parse_diversity);
  in.read("learning", out.learning, parse_learning);
  in.read("personalization_enabled", out.personalization_enabled, parse_bool);
  in.read("rollout_percentage", out.rollout_percentage, number_between{0.0, 100.0});
  in.read("playback_url_template", out.playback_url_template, parse_url_template);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

json::object write_rules(const tenant_rules& rules) {
  const auto& weights = rules.weights;
  const auto& filters = rules.filters;
  json::object out;
  out["boost_weights"] = {{"recency", weights.recency},
                          {"popularity", weights.popularity},
                          {"user_affinity", weights.user_affinity},
                          {"creator_affinity", weights.creator_affinity}};
  out["tag_multipliers"] = json::value_from(rules.tag_multipliers);
  out["recency_window_hours"] = rules.recency_window_hours;
  out["filters"] = {
      {"exclude_tags", json::value_from(filters.exclude_tags)},
      {"max_maturity", filters.max_maturity ? json::value(*filters.max_maturity) : json::value()},
      {"languages", json::value_from(filters.languages)}};
  out["pins"] = json::value_from(rules.pins);
  out["boosts"] = json::value_from(rules.boosts);
  out["diversity"] = {{"max_per_creator", write_limit(rules.diversity.max_per_creator)},
                      {"max_per_tag", write_limit(rules.diversity.max_per_tag)},
                      {"window", rules.diversity.window}};
  out["learning"] = write_learning(rules.learning);
  out["personalization_enabled"] = rules.personalization_enabled;
  out["rollout_percentage"] = rules.rollout_percentage;
  out["playback_url_template"] = rules.playback_url_template;
  return out;
}

} // namespace kinora::http
