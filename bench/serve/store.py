"""The durable store against memory: feeds a second with one and the other, and the bytes of a video and a user."""

import concurrent.futures
import contextlib
import json
import time

import feeds
import world
from disk import bytes_in, data_folder
from kinora_server import get_feed, kinora_serve
from spread import in_words, median_of, ratios_of
from wrk import load

CONNECTIONS = 32
ROUNDS = 6
MEMORY, DURABLE, UNCACHED = "memory", "rocksdb", "rocksdb, SIGNAL_CACHE_MB=0"

VIDEOS = 20_000
USERS = 2_000
WRITERS = 4
SETTLE_SEC = 1


def feeds_beside_memory(build):
    """Rounds of the same load on each of three servers, in turns."""
    found = {MEMORY: [], DURABLE: [], UNCACHED: []}
    with data_folder(build) as cached, data_folder(build) as uncached, contextlib.ExitStack() as stack:
        servers = {
            MEMORY: stack.enter_context(kinora_serve(build)),
            DURABLE: stack.enter_context(kinora_serve(build, data=cached)),
            UNCACHED: stack.enter_context(kinora_serve(build, "--signal-cache-mb", "0", data=uncached)),
        }
        for server in servers.values():
            feeds.fill(server)
            load(server.port, CONNECTIONS, feeds.WARM_UP_SEC, feeds.USERS, seed=0)
        for turn in range(ROUNDS):
            for name in sorted(servers, reverse=turn % 2 == 1):  # each comes first as often as last
                found[name].append(feeds.measure(servers[name], CONNECTIONS, turn))
    return found


def at_rest(build, folder):
    """What the store takes up, on disk after a stop in order and in memory after the next start."""
    with kinora_serve(build, data=folder) as server:
        time.sleep(SETTLE_SEC)
        return {"disk": bytes_in(folder), "rss": server.rss_kib() * 1024}


def put_all_signals(server, known):
    admin = server.admin()
    for user, signals in known:
        admin.put_signals(feeds.TENANT, user, signals)


def bytes_each(build):
    """Of videos and of users with signals, each against the store before them."""
    with data_folder(build) as folder:
        with kinora_serve(build, data=folder) as server:
            server.admin().put_tenant(feeds.TENANT, world.rules())
        empty = at_rest(build, folder)
        with kinora_serve(build, data=folder) as server:
            videos = world.ndjson(world.videos(VIDEOS))
            server.admin().put_videos(feeds.TENANT, videos)
        filled = at_rest(build, folder)
        users = list(world.signals(VIDEOS, USERS))
        with kinora_serve(build, data=folder) as server, concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda i: put_all_signals(server, users[i::WRITERS]), range(WRITERS)))
        known = at_rest(build, folder)
        with kinora_serve(build, data=folder) as server:
            for user, _ in users:
                get_feed(server.port, feeds.TENANT, user)
            cached = server.metric("kinora_signal_cache_bytes") / server.metric("kinora_signal_cache_users")
    return {
        "video_json": len(videos) / VIDEOS,
        "video_disk": (filled["disk"] - empty["disk"]) / VIDEOS,
        "video_memory": (filled["rss"] - empty["rss"]) / VIDEOS,
        "user_disk": (known["disk"] - filled["disk"]) / USERS,
        "user_json": sum(len(json.dumps(x, separators=(",", ":"))) for _, x in users) / USERS,
        "user_memory": cached,
    }


def run(build):
    return {"feeds": feeds_beside_memory(build), "bytes": bytes_each(build)}


def show_feeds(rounds_of):
    lines = [f"Feeds over {CONNECTIONS} connections, {ROUNDS} rounds of {feeds.ROUND_SEC} s, in turns.", "",
             "| store | feeds/s | p50 | p99 | personalized | CPU a feed | to memory (each round) |",
             "|---|---|---|---|---|---|---|"]
    for name, rounds in rounds_of.items():
        ratios = ratios_of(rounds, rounds_of[MEMORY], "per_sec")
        good = sum(x["personalized"] for x in rounds)
        lines.append(
            f"| {name} | {median_of(rounds, 'per_sec'):,.0f} | {median_of(rounds, 'p50_us'):,.0f} µs "
            f"| {median_of(rounds, 'p99_us'):,.0f} µs | {good / (good + sum(x['others'] for x in rounds)):.2%} "
            f"| {feeds.cpu_us_an_answer(rounds):.0f} µs "
            f"| {in_words(ratios, '{:.3f}')} |")
    return lines


def show_bytes(each):
    user = f"{world.WATCHED} watched videos and {world.AFFINITIES + world.CREATOR_AFFINITIES} affinities"
    return ["", "| bytes of one | as JSON | on disk | in memory |", "|---|---|---|---|",
            f"| video | {each['video_json']:,.0f} | {each['video_disk']:,.0f} | {each['video_memory']:,.0f} |",
            f"| user with {user} | {each['user_json']:,.0f} | {each['user_disk']:,.0f} "
            f"| {each['user_memory']:,.0f} while cached |"]


def show(found):
    return "\n".join(show_feeds(found["feeds"]) + show_bytes(found["bytes"]))
