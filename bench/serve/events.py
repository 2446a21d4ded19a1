"""Events accepted a second: into the durable store, where accepted means synced, and into memory."""

import contextlib
import json
import statistics
import time

import world
from disk import bytes_in, data_folder, summary_of_syncs
from feeds import TENANT, fill
from kinora_server import get_feed, kinora_serve
from spread import in_words, ratios_of
from wrk import load_events

VIDEOS = 1_000
USERS = 100_000
CONNECTIONS = 16
BATCH = 100
ROUNDS = 4
ROUND_SEC = 10
WARM_UP_SEC = 3
QUIET_SEC = 5
SYNCS = 400
DURABLE, TRACKED, MEMORY = "rocksdb", "rocksdb, with tracking tokens", "memory"


def accepted_by(server):
    """By its own count."""
    return server.metric_by("outcome", "kinora_events_total")["accepted"]


def wait_until_quiet(server):
    """Until what a round left to do in the background is done, or takes too long."""
    deadline = time.monotonic() + QUIET_SEC
    used = -1.0
    while time.monotonic() < deadline and server.cpu_sec() - used > 0.05:
        used = server.cpu_sec()
        time.sleep(0.5)


def tokens_for_all(server):
    """Tracking tokens that every user may send: of a page that is the same for all."""
    server.admin().put_tenant(TENANT, {**world.rules(), "rollout_percentage": 0})
    _, _, body = get_feed(server.port, TENANT, "anybody", limit=50)
    return [item["tracking_token"] for item in json.loads(body)["items"]]


def one_round(server, tokens, seconds=ROUND_SEC):
    """Raises when a batch was not accepted as a whole."""
    accepted, cpu = accepted_by(server), server.cpu_sec()
    found = load_events(server.port, CONNECTIONS, seconds, USERS, VIDEOS, BATCH, tokens)
    if found["others"] or found["socket_errors"]:
        raise RuntimeError(f"not every event was accepted: {found}")
    found["server_cpu_sec"] = server.cpu_sec() - cpu
    found["accepted"] = accepted_by(server) - accepted
    found["per_sec"] = found["accepted"] / found["seconds"]
    wait_until_quiet(server)
    return found


def run(build):
    found = {DURABLE: [], TRACKED: [], MEMORY: []}
    with data_folder(build) as data, data_folder(build) as tracked_data:
        syncs = [summary_of_syncs(data, size, SYNCS) for size in (4_096, 65_536)]
        with contextlib.ExitStack() as stack:
            servers = {DURABLE: stack.enter_context(kinora_serve(build, data=data)),
                       TRACKED: stack.enter_context(kinora_serve(build, data=tracked_data)),
                       MEMORY: stack.enter_context(kinora_serve(build))}
            tokens = dict.fromkeys(servers, ())
            for name, server in servers.items():
                fill(server, VIDEOS, users=0)
                if name == TRACKED:
                    tokens[name] = tokens_for_all(server)
                one_round(server, tokens[name], WARM_UP_SEC)
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    found[name].append(one_round(server, tokens[name]))
            rss = {name: server.rss_kib() for name, server in servers.items()}
            events = accepted_by(servers[DURABLE])
        return {"rounds": found, "syncs": syncs, "rss_kib": rss, "events": events, "disk_bytes": bytes_in(data)}


def show(found):
    lines = [
        f"Batches of {BATCH} over {CONNECTIONS} connections; {ROUNDS} rounds of {ROUND_SEC} s, in turns.", "",
        "| store | events accepted/s (range) | p50 | p99 (range) | longest | server CPU per 1,000 events "
        "| server | wrk | resident at the end |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, rounds in found["rounds"].items():
        seconds = sum(x["seconds"] for x in rounds)
        cpu = sum(x["server_cpu_sec"] for x in rounds)
        lines.append(
            f"| {name} | {in_words([x['per_sec'] for x in rounds], '{:,.0f}')} "
            f"| {statistics.median(x['p50_us'] for x in rounds) / 1000:.1f} ms "
            f"| {in_words([x['p99_us'] / 1000 for x in rounds], '{:.0f}')} ms "
            f"| {max(x['max_us'] for x in rounds) / 1000:.0f} ms "
            f"| {1e6 * cpu / sum(x['accepted'] for x in rounds):.1f} ms | {100 * cpu / seconds:.0f} % of a core "
            f"| {100 * sum(x['wrk_cpu_sec'] for x in rounds) / seconds:.0f} % of a core "
            f"| {found['rss_kib'][name] / 1024:.0f} MiB |")
    durable, memory = found["rounds"][DURABLE], found["rounds"][MEMORY]
    ratios = ratios_of(durable, memory, "per_sec")
    lines += ["", f"Durable to memory: {in_words(ratios, '{:.2f}')}. On disk after it: "
              f"{found['disk_bytes'] / 1e6:.0f} MB for {found['events']:,.0f} events, "
              f"{found['disk_bytes'] / found['events']:.0f} bytes an event.", ""]
    lines += [f"The disk itself: {x['bytes'] // 1024} KiB appended and synced in {x['median_us']:,.0f} µs (median of "
              f"{x['times']}; p99 {x['p99_us']:,.0f} µs)." for x in found["syncs"]]
    return "\n".join(lines)
