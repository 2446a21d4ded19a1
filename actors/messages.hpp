// Every type that crosses a mailbox, in one block.
#pragma once

#include "actors/boards.hpp"
#include "actors/jobs.hpp"
#include "actors/port.hpp"
#include "domain/errc.hpp"

#include <caf/error.hpp>

#include <string>

namespace kinora {

inline std::string to_string(errc x) {
  return std::string{to_string_view(x)};
}

} // namespace kinora

CAF_ERROR_CODE_ENUM(kinora::errc, "kinora")

namespace kinora {

/// The code of an error: ours, or what CAF's own mean to a caller (timeout, unavailable).
errc to_errc(const caf::error& x);

/// The context that came with an error of ours; empty without one.
std::string detail_of(const caf::error& x);

/// An exit reason or error for an operator: short, in one line.
std::string to_text(const caf::error& x);

} // namespace kinora

CAF_BEGIN_TYPE_ID_BLOCK(kinora, caf::first_custom_type_id)

// Atoms: verb first, at most ten characters in CAF 0.17.
CAF_ADD_ATOM(kinora, kinora, ping_atom, "ping")
CAF_ADD_ATOM(kinora, kinora, tick_atom, "tick")
CAF_ADD_ATOM(kinora, kinora, started_atom, "started")
CAF_ADD_ATOM(kinora, kinora, retry_atom, "retry")
CAF_ADD_ATOM(kinora, kinora, feed_atom, "feed")
CAF_ADD_ATOM(kinora, kinora, fetch_atom, "fetch")
CAF_ADD_ATOM(kinora, kinora, rank_atom, "rank")
CAF_ADD_ATOM(kinora, kinora, late_atom, "late")
CAF_ADD_ATOM(kinora, kinora, report_atom, "report")
CAF_ADD_ATOM(kinora, kinora, permit_atom, "permit")
CAF_ADD_ATOM(kinora, kinora, renewed_atom, "renewed")
CAF_ADD_ATOM(kinora, kinora, reset_atom, "reset")
CAF_ADD_ATOM(kinora, kinora, patch_atom, "patch")
CAF_ADD_ATOM(kinora, kinora, put_atom, "put")
CAF_ADD_ATOM(kinora, kinora, erase_atom, "erase")
CAF_ADD_ATOM(kinora, kinora, find_atom, "find")
CAF_ADD_ATOM(kinora, kinora, list_atom, "list")
CAF_ADD_ATOM(kinora, kinora, upsert_atom, "upsert")
CAF_ADD_ATOM(kinora, kinora, work_atom, "work")
CAF_ADD_ATOM(kinora, kinora, learn_atom, "learn")
CAF_ADD_ATOM(kinora, kinora, apply_atom, "apply")
CAF_ADD_ATOM(kinora, kinora, preview_atom, "preview")
CAF_ADD_ATOM(kinora, kinora, note_atom, "note")
CAF_ADD_ATOM(kinora, kinora, versions_atom, "versions")
CAF_ADD_ATOM(kinora, kinora, rollback_atom, "rollback")

// Payloads.
CAF_ADD_TYPE_ID(kinora, (kinora::errc))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::feed_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::signals_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::stats_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::rank_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::call_outcome>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::ranking_signals>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::slate>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::patch_flags>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::global_flags>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::put_rules>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::put_outcome>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::erase_tenant>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::rollback_rules>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::versioned_rules>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<std::vector<kinora::versioned_rules>>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::upsert_videos>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::upsert_outcome>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::erase_video>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::put_sdk_key>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::erase_sdk_keys>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::put_signals>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::user_record>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::batch_outcome>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::ingest_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::erase_user>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::preview_job>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::put_token>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::erase_token>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::audit_entry>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::audit_query>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<kinora::audit_page>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<std::vector<kinora::video_ptr>>))
CAF_ADD_TYPE_ID(kinora, (kinora::payload<std::vector<kinora::hourly_stats>>))
CAF_ADD_TYPE_ID(kinora, (kinora::tenant_board_ptr))
CAF_ADD_TYPE_ID(kinora, (kinora::video_ptr))

CAF_END_TYPE_ID_BLOCK(kinora)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::feed_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::signals_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::stats_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::rank_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::call_outcome>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::ranking_signals>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::slate>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::patch_flags>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::global_flags>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::put_rules>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::put_outcome>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::erase_tenant>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::rollback_rules>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::versioned_rules>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<std::vector<kinora::versioned_rules>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::upsert_videos>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::upsert_outcome>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::erase_video>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::put_sdk_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::erase_sdk_keys>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::put_signals>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::user_record>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::batch_outcome>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::ingest_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::erase_user>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::preview_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::put_token>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::erase_token>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::audit_entry>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::audit_query>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<kinora::audit_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<std::vector<kinora::video_ptr>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::payload<std::vector<kinora::hourly_stats>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::tenant_board_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kinora::video_ptr)
