"""Feeds of many tenants with different rules against those of one tenant, in one run."""

import contextlib
import time

import world
from feeds import USERS, VIDEOS, WARM_UP_SEC, cpu_us_an_answer
from kinora_server import kinora_serve
from spread import in_words, median_of, ratios_of
from wrk import load_tenants

COUNTS = (1, 12, 40, 120)
CONNECTIONS = 32
ROUNDS = 8
ROUND_SEC = 4
STRIDE = 17  # odd: seeds of one tenant are even and odd in turns
WARM_UP_SEC_A_TENANT = 1 / 5  # a few thousand feeds: every user has been seen, as in the server of one tenant
AIM = 0.9


def tenant_id(index):
    """As wrk_tenants.lua has it."""
    return f"tenant_{index:03d}"


def known_users(seed):
    """What is known of the users of one tenant, as an import takes it."""
    today = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())
    return world.ndjson({"user_hash": user, "last_active": today, **known}
                        for user, known in world.signals(VIDEOS, USERS, seed))


def fill(server, seeds):
    """One tenant for each seed, with rules, videos and users of its own."""
    admin = server.admin()
    for index, seed in enumerate(seeds):
        admin.put_tenant(tenant_id(index), world.other_rules(seed))
        admin.put_videos(tenant_id(index), world.ndjson(world.videos(VIDEOS, seed)))
        admin.import_signals(tenant_id(index), known_users(seed))


def measure(server, count, seed):
    load_tenants(server.port, CONNECTIONS, WARM_UP_SEC, USERS, count, seed)
    before = server.cpu_sec()
    found = load_tenants(server.port, CONNECTIONS, ROUND_SEC, USERS, count, seed)
    found["cpu_sec"] = server.cpu_sec() - before
    found["rss_kib"] = server.rss_kib()
    return found


def one_tenant(build, turn):
    """A round of a server that has one of the many tenants, in each turn another one: rules differ in what they cost,
    and every other turn they have limits of diversity."""
    with kinora_serve(build) as server:
        fill(server, [STRIDE * turn % max(COUNTS)])
        return measure(server, 1, turn)


def summarise(count, rounds, ones):
    ratios = ratios_of(rounds, ones, "per_sec")
    asked = sum(x["personalized"] + x["others"] for x in rounds)
    return {
        "tenants": count, "feeds_per_sec": median_of(rounds, "per_sec"), "p50_us": median_of(rounds, "p50_us"),
        "p99_us": median_of(rounds, "p99_us"), "cpu_us": cpu_us_an_answer(rounds), "to_one": ratios,
        "personalized_share": sum(x["personalized"] for x in rounds) / max(asked, 1),
        "rss_kib": rounds[-1]["rss_kib"], "rounds": rounds,
    }


def run(build):
    found = {count: [] for count in COUNTS}
    with contextlib.ExitStack() as stack:
        servers = {count: stack.enter_context(kinora_serve(build)) for count in COUNTS if count > 1}
        for count, server in servers.items():
            fill(server, range(count))
            warm_up_sec = max(WARM_UP_SEC, round(count * WARM_UP_SEC_A_TENANT))
            load_tenants(server.port, CONNECTIONS, warm_up_sec, USERS, count, seed=0)
        for turn in range(ROUNDS):
            for count in sorted(COUNTS, reverse=turn % 2 == 1):  # each comes first as often as last
                found[count].append(one_tenant(build, turn) if count == 1 else measure(servers[count], count, turn))
    return {"connections": CONNECTIONS, "round_sec": ROUND_SEC, "users": USERS,
            "rows": [summarise(count, rounds, found[1]) for count, rounds in found.items()]}


def show(found):
    rows = found["rows"]
    lines = [
        f"{VIDEOS:,} videos and {found['users']} users each, {found['connections']} connections; {len(rows[0]['rounds'])} "
        f"rounds of {found['round_sec']} s, in turns. The one tenant is another one of the many in each round.", "",
        "| tenants | feeds/s | p50 | p99 | CPU a feed | to one tenant (each round) | personalized | resident |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for x in rows:
        lines.append(f"| {x['tenants']} | {x['feeds_per_sec']:,.0f} | {x['p50_us']:,.0f} µs | {x['p99_us']:,.0f} µs "
                     f"| {x['cpu_us']:.0f} µs | {in_words(x['to_one'])} | {x['personalized_share']:.2%} "
                     f"| {x['rss_kib'] / 1024:.0f} MiB |")
    return "\n".join(lines + ["", f"Aim for {rows[-1]['tenants']} tenants: {AIM:.0%} of one."])
