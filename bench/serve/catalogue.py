"""A tenant of 100,000 videos: feeds at a steady rate, alone, beside single upserts to another tenant, which only
take CPU time from the machine, and beside single upserts to it."""

import concurrent.futures
import statistics

import world
from kinora_server import kinora_serve
from steady import USERS, steady

VIDEOS = 100_000
SMALL_VIDEOS = 1_000
FEEDS_PER_SEC = 100
UPSERTS_PER_SEC = 100
ROUNDS = 5
ROUND_SEC = 10
LARGE, SMALL = "large", "small"
# Longer than any answer takes: nothing is cut off, no breaker opens, and the tail is seen as it is.
PATIENT = ["--feed-budget-ms", "5000", "--ranking-timeout-ms", "2000", "--signal-store-timeout-ms", "2000"]
BESIDE = {"nothing": None, "upserts to another tenant": SMALL, "upserts to this tenant": LARGE}
SIZES = {LARGE: VIDEOS, SMALL: SMALL_VIDEOS}


def fill(server):
    admin = server.admin()
    for tenant, size in SIZES.items():
        admin.put_tenant(tenant, world.rules())
        admin.put_videos(tenant, world.ndjson(world.videos(size)))
    for user, known in world.signals(VIDEOS, USERS):
        admin.put_signals(LARGE, user, known)


def one_round(server, upserted):
    """Feeds of the large tenant for a while, beside upserts to `upserted` when there is one."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        upserts = None
        if upserted:
            upserts = pool.submit(steady, "upserts", server.admin_port, upserted, SIZES[upserted], UPSERTS_PER_SEC,
                                  ROUND_SEC)
        before = server.cpu_sec()
        feeds = pool.submit(steady, "feeds", server.port, LARGE, VIDEOS, FEEDS_PER_SEC, ROUND_SEC).result()
        done = upserts.result() if upserts else None
        return {"feeds": feeds, "upserts": done, "server_cpu_sec": server.cpu_sec() - before}


def run(build):
    with kinora_serve(build, *PATIENT) as server:
        fill(server)
        steady("feeds", server.port, LARGE, VIDEOS, FEEDS_PER_SEC, 2)
        found = {beside: [] for beside in BESIDE}
        for _ in range(ROUNDS):
            for beside, upserted in BESIDE.items():
                found[beside].append(one_round(server, upserted))
        return {"rounds": found, "rss_kib": server.rss_kib()}


def median_of(rounds, kind, key):
    return statistics.median(x[kind][key] for x in rounds)


def show(found):
    alone = found["rounds"]["nothing"]
    lines = [
        f"{FEEDS_PER_SEC} feeds/s of a tenant of {VIDEOS:,} videos; medians of {ROUNDS} rounds of {ROUND_SEC} s, in "
        "turns.", "",
        "| beside | feed p50 | feed p99 (each round) | p99 against alone | personalized | upserts/s | upsert p50 "
        "| upsert p99 | server CPU |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for beside, rounds in found["rounds"].items():
        ratio = statistics.median(x["feeds"]["p99_us"] / y["feeds"]["p99_us"] for x, y in zip(rounds, alone))
        each = ", ".join(f"{x['feeds']['p99_us'] / 1000:.1f}" for x in rounds)
        good = sum(x["feeds"]["good"] for x in rounds) / sum(x["feeds"]["wanted"] for x in rounds)
        upserts = "| – | – | – "
        if rounds[0]["upserts"]:
            upserts = (f"| {median_of(rounds, 'upserts', 'good') / ROUND_SEC:.0f} "
                       f"| {median_of(rounds, 'upserts', 'p50_us') / 1000:.1f} ms "
                       f"| {median_of(rounds, 'upserts', 'p99_us') / 1000:.1f} ms ")
        cpu = statistics.median(x["server_cpu_sec"] for x in rounds) / ROUND_SEC
        lines.append(f"| {beside} | {median_of(rounds, 'feeds', 'p50_us') / 1000:.2f} ms "
                     f"| {median_of(rounds, 'feeds', 'p99_us') / 1000:.2f} ms ({each}) | {ratio:.2f} "
                     f"| {100 * good:.1f} % {upserts}| {100 * cpu:.0f} % of a core |")
    return "\n".join(lines)
