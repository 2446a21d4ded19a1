// The protocol of every actor. Read this file to learn who may ask whom what.
#pragma once

#include "actors/messages.hpp"

namespace kinora {

/// What every supervised actor understands.
using supervised_actor = port::actor_of<
    // The supervisor wants to see it run; running is the answer.
    caf::result<void>(ping_atom)>;

/// SUPERVISOR: starts, watches and restarts its children.
using supervisor_actor =
    port::extend<supervised_actor,
                 // A child has constructed its state: name, number of the instance.
                 caf::result<void>(started_atom, std::string, std::uint64_t),
                 // The delay before a child's restart, or the time it had to stop, is over.
                 caf::result<void>(retry_atom, std::string, std::uint64_t),
                 // Time to look for silent children.
                 caf::result<void>(tick_atom)>;

/// FLAGS: owner of the global flags.
using flags_actor = port::extend<supervised_actor,
                                 // Changes flags; answers when they are stored and published. errc: conflict,
                                 // precondition_failed, storage_failed.
                                 caf::result<payload<global_flags>>(patch_atom, payload<patch_flags>)>;

/// TENANTS: the directory, and supervisor of the tenant actors.
using tenants_actor =
    port::extend<supervisor_actor,
                 // The boards of a tenant. errc: not_found.
                 caf::result<tenant_board_ptr>(find_atom, std::string),
                 // Creates a tenant or replaces its rules; answers when they are stored and published. errc:
                 // precondition_failed, conflict (too many tenants), forbidden, unavailable, storage_failed.
                 caf::result<payload<put_outcome>>(put_atom, payload<put_rules>),
                 // Removes a tenant with everything of it. errc: not_found, precondition_failed, unavailable,
                 // storage_failed.
                 caf::result<void>(erase_atom, payload<erase_tenant>)>;

/// TENANT: owner of one tenant's rules and catalogue.
using tenant_actor =
    port::extend<supervised_actor,
                 // Replaces the rules. errc: precondition_failed, storage_failed.
                 caf::result<payload<put_outcome>>(put_atom, payload<put_rules>),
                 // The versions of the rules that are kept, in their order. errc: storage_failed.
                 caf::result<payload<std::vector<versioned_rules>>>(versions_atom),
                 // Replaces the rules by those of an earlier version, as a new one; answers as a put does.
                 // errc: not_found (no such version), precondition_failed, storage_failed.
                 caf::result<payload<versioned_rules>>(rollback_atom, payload<rollback_rules>),
                 // Adds an SDK key; answers when it is stored and good. errc: conflict (too many),
                 // storage_failed.
                 caf::result<void>(put_atom, payload<put_sdk_key>),
                 // Revokes SDK keys; answers when they are gone and good no more. errc: not_found,
                 // storage_failed.
                 caf::result<void>(erase_atom, payload<erase_sdk_keys>),
                 // Adds, replaces or replaces all videos; answers when they are in feeds. errc:
                 // storage_failed.
                 caf::result<payload<upsert_outcome>>(upsert_atom, payload<upsert_videos>),
                 // Removes a video; answers when it is out of feeds. errc: not_found, storage_failed.
                 caf::result<void>(erase_atom, payload<erase_video>),
                 // One video. errc: not_found.
                 caf::result<video_ptr>(find_atom, std::string),
                 // Up to that many videos with ids after the one given, in order of id.
                 caf::result<payload<std::vector<video_ptr>>>(list_atom, std::string, std::uint64_t),
                 // Ranks without serving. errc: work_failed.
                 caf::result<payload<slate>>(preview_atom, payload<preview_job>),
                 // Time for a piece of the work that takes long: uploads, previews, the next snapshot.
                 caf::result<void>(work_atom),
                 // Events have touched the popularity of videos: it is on the board which.
                 caf::result<void>(learn_atom),
                 // Something may have fallen due or expired.
                 caf::result<void>(tick_atom)>;

/// SIGNAL FETCHER: the only one that reads user signals from the store.
using signal_fetcher_actor =
    port::extend<supervised_actor,
                 // What ranking needs to know of a user; nullptr for an unknown user. errc: work_failed,
                 // injected_fault, timeout.
                 caf::result<payload<ranking_signals>>(fetch_atom, payload<signals_job>),
                 // All that is stored of a user; nullptr for an unknown one. errc: work_failed, timeout.
                 caf::result<payload<user_record>>(find_atom, payload<signals_job>),
                 // An answer that an injected fault delayed is due.
                 caf::result<void>(late_atom, std::uint64_t)>;

/// STATS: reads what feeds were worth from the store.
using stats_reader_actor =
    port::extend<supervised_actor,
                 // The hours in which anything happened. errc: storage_failed, timeout.
                 caf::result<payload<std::vector<hourly_stats>>>(fetch_atom, payload<stats_job>)>;

/// INGESTER: the only one that writes what users do. One tenant's events all go through the same one, in the
/// order they come; what comes together shares one write. Every answer is given when the change is durable
/// and the next feed sees it.
using ingester_actor =
    port::extend<supervised_actor,
                 // Applies events. errc: not_found (the tenant is gone), storage_failed, storage_full.
                 caf::result<payload<batch_outcome>>(apply_atom, payload<ingest_job>),
                 // Replaces a user's signals. errc: not_found, storage_failed, storage_full.
                 caf::result<void>(put_atom, payload<put_signals>),
                 // Forgets a user. errc: storage_failed, storage_full.
                 caf::result<void>(erase_atom, payload<erase_user>),
                 // Time to write what has come together.
                 caf::result<void>(work_atom)>;

/// ACCESS: owner of the admin tokens, but for the one of the start.
using access_actor = port::extend<supervised_actor,
                                  // Adds a token; answers when it is stored and good. errc: conflict (too
                                  // many), storage_failed, storage_full.
                                  caf::result<void>(put_atom, payload<put_token>),
                                  // Revokes a token; answers when it is gone and good no more. errc:
                                  // not_found, storage_failed, storage_full.
                                  caf::result<void>(erase_atom, payload<erase_token>)>;

/// AUDIT: reads the audit log, and notes what changes nothing that is stored. All other changes are noted
/// where they are stored, in the same write.
using audit_actor = port::extend<supervised_actor,
                                 // Notes a change; answers when that is durable. errc: storage_failed,
                                 // storage_full.
                                 caf::result<void>(note_atom, payload<audit_entry>),
                                 // A page of the log. errc: storage_failed.
                                 caf::result<payload<audit_page>>(list_atom, payload<audit_query>)>;

/// RANKER: pure CPU work, holds no user state.
using ranker_actor =
    port::extend<supervised_actor,
                 // The page. errc: work_failed, injected_fault, timeout (it gave up at the deadline).
                 caf::result<payload<slate>>(rank_atom, payload<rank_job>),
                 // An answer that an injected fault delayed is due.
                 caf::result<void>(late_atom, std::uint64_t)>;

/// BREAKER: owner of the breaker states of one dependency.
using breaker_actor = port::extend<supervised_actor,
                                   // A call has ended.
                                   caf::result<void>(report_atom, payload<call_outcome>),
                                   // May a call be made for this tenant although the breaker is not closed?
                                   caf::result<bool>(permit_atom, std::string),
                                   // A worker of the dependency was started anew.
                                   caf::result<void>(renewed_atom),
                                   // An operator closes it.
                                   caf::result<void>(reset_atom),
                                   // What made calls for this tenant fail is gone: its state is closed.
                                   caf::result<void>(reset_atom, std::string)>;

/// FEED HANDLER: conducts feed requests; the only actor that the HTTP side sends feeds to.
using feed_handler_actor = port::extend<supervised_actor,
                                        // Answers through the job's reply slot.
                                        caf::result<void>(feed_atom, payload<feed_job>),
                                        // The deadline of a question may have come.
                                        caf::result<void>(tick_atom)>;

} // namespace kinora
