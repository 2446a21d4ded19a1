#include "actors/access.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinora {

namespace {

caf::error to_error(const failure& x) {
  return caf::make_error(x.code, x.detail);
}

} // namespace

access_state::access_state(access_actor::pointer, access_options options, std::shared_ptr<access_store> store,
                           boards_ptr out)
    : options_{std::move(options)},
      store_{std::move(store)},
      boards_{std::move(out)},
      claim_{boards_->access.claim()} {
  auto stored = store_->load();
  if (!stored)
    throw std::runtime_error{"cannot read the admin tokens: " + stored.error().detail};
  publish(std::move(*stored));
}

access_actor::behavior_type access_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](put_atom, const payload<put_token>& x) { return on_put(*x); },
      [this](erase_atom, const payload<erase_token>& x) { return on_erase(*x); },
  };
}

caf::result<void> access_state::on_put(const put_token& x) {
  auto all = boards_->access.load()->all();
  if (all.size() >= access_tokens_max)
    return caf::make_error(errc::conflict, "there are as many admin tokens as there may be: " +
                                               std::to_string(access_tokens_max));
  boards_->access.require(claim_);
  auto note = make_audit_entry(options_.wall_clock(), x.by, "token.create", {}, x.token.who.id, x.change);
  if (auto saved = store_->save(x.token, &note); !saved)
    return to_error(saved.error());
  all.push_back(x.token);
  publish(std::move(all));
  return caf::unit;
}

caf::result<void> access_state::on_erase(const erase_token& x) {
  auto all = boards_->access.load()->all();
  auto i = std::find_if(all.begin(), all.end(), [&](auto& token) { return token.who.id == x.id; });
  if (i == all.end())
    return caf::make_error(errc::not_found, std::string{"there is no admin token with this id"});
  boards_->access.require(claim_);
  auto note = make_audit_entry(options_.wall_clock(), x.by, "token.delete", {}, x.id, x.change);
  if (auto erased = store_->erase(x.id, &note); !erased)
    return to_error(erased.error());
  all.erase(i);
  publish(std::move(all));
  return caf::unit;
}

void access_state::publish(std::vector<access_token> all) {
  boards_->access.publish_as(claim_, std::make_shared<const access_tokens>(std::move(all)));
}

} // namespace kinora
