"""A million users with signals: what they do to a start, and feeds of even more users to memory."""

import concurrent.futures
import http.client
import json
import threading
import time

import world
from disk import bytes_in, data_folder, forget_files
from kinora_server import kinora_serve
from wrk import ask_for_each

CONNECTIONS = 32
TENANTS = 120
TENANT_VIDEOS = 1_000
USERS = 1_000_000
BATCH = 1_000
WRITERS = 4
AFTER_STOP = 3
SETTLE_SEC = 1

ASKED = 2 * USERS
CACHE_MB = 16
ASK_SEC = 350
SAMPLE_SEC = 2


def tenant_of(user):
    """As wrk_users.lua has it."""
    return f"tenant_{user % TENANTS:03d}"


def batch_body(tenant, turn, now):
    """A like of each of BATCH users of a tenant."""
    users = range(tenant + turn * BATCH * TENANTS, USERS, TENANTS)[:BATCH]
    return len(users), ("[" + ",".join(
        f'{{"event_id":"e{user}","type":"like","user_hash":"user_{user:07d}","video_id":'
        f'"vid_{user % TENANT_VIDEOS:07d}","occurred_at":{now}}}' for user in users) + "]").encode()


def send_events_of(server, tenants, now):
    """Every user of those tenants likes a video. Raises when an event is not accepted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for tenant in tenants:
        for turn in range(-(-USERS // (BATCH * TENANTS))):
            count, body = batch_body(tenant, turn, now)
            connection.request("POST", "/v1/events", body,
                               {"X-Tenant-ID": tenant_of(tenant), "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 202 or json.loads(text)["accepted"] != count:
                raise RuntimeError(f"events: {answer.status} {text[:300]!r}")
    connection.close()


def write_million(server):
    """All tenants, their videos, and one event of each user; returns the seconds that the events took."""
    admin = server.admin()
    videos = world.ndjson(world.videos(TENANT_VIDEOS))
    for tenant in range(TENANTS):
        admin.put_tenant(tenant_of(tenant), world.rules())
        admin.put_videos(tenant_of(tenant), videos)
    begin, now = time.monotonic(), int(time.time())
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda i: send_events_of(server, range(i, TENANTS, WRITERS), now), range(WRITERS)))
    return time.monotonic() - begin


def start(build, folder, after):
    """One start of the filled store, and the stop after it."""
    begin = time.monotonic()
    with kinora_serve(build, data=folder) as server:
        ready = time.monotonic() - begin
        cpu = server.cpu_sec()
        at_ready = server.rss_kib()
        time.sleep(SETTLE_SEC)
        found = {"after": after, "ready_sec": ready, "cpu_sec": cpu, "ready_rss_kib": at_ready,
                 "rss_kib": server.rss_kib()}
        check_last_user(server)
        begin = time.monotonic()
    found["stop_sec"] = time.monotonic() - begin
    return found


def check_last_user(server):
    """Raises when what the last user did is not there."""
    user = USERS - 1
    answer = json.loads(server.admin().get(f"/admin/v1/tenants/{tenant_of(user)}/users/user_{user:07d}/signals"))
    if not answer["affinities"]:
        raise RuntimeError(f"a user's signals are gone: {answer}")


def memory_while_asked(build, folder):
    """Feeds of users who come once each, half of them known, with a small cache: resident memory all the while."""
    samples = []
    with kinora_serve(build, "--signal-cache-mb", str(CACHE_MB), data=folder) as server:
        ended = threading.Event()

        def sample():
            samples.append({"users": server.metric("kinora_signal_cache_misses_total"), "rss_kib": server.rss_kib()})

        def watch():
            while not ended.wait(SAMPLE_SEC):
                sample()

        sample()
        cpu = server.cpu_sec()
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            done = ask_for_each(server.port, CONNECTIONS, ASK_SEC, ASKED, USERS, TENANTS)
        finally:
            ended.set()
            watching.join()
        sample()
        done["cpu_sec"] = server.cpu_sec() - cpu
        done["degraded"] = server.metric_by("degraded_reason", "kinora_feed_responses_total")
        done["cache_users"] = server.metric("kinora_signal_cache_users")
        done["cache_bytes"] = server.metric("kinora_signal_cache_bytes")
    return {"load": done, "samples": samples}


def run(build):
    with data_folder(build) as folder:
        with kinora_serve(build, data=folder) as server:
            took = write_million(server)
            filled = server.rss_kib()
            server.kill()
        killed = bytes_in(folder)
        starts = [start(build, folder, "kill -9, right after the last event")]
        starts += [start(build, folder, "SIGTERM") for _ in range(AFTER_STOP)]
        forget_files(folder)
        starts.append(start(build, folder, "SIGTERM, files not in the system's cache"))
        return {"events_sec": took, "filled_rss_kib": filled, "killed_bytes": killed, "bytes": bytes_in(folder),
                "starts": starts, "asked": memory_while_asked(build, folder)}


def mib(kib):
    return f"{kib / 1024:.0f} MiB"


def show_starts(found):
    lines = [
        f"{TENANTS} tenants of {TENANT_VIDEOS:,} videos, {USERS:,} users with one event each, written in "
        f"{found['events_sec']:.0f} s in batches of {BATCH:,}; {mib(found['filled_rss_kib'])} resident and "
        f"{found['killed_bytes'] / 1e6:.0f} MB on disk then, {found['bytes'] / 1e6:.0f} MB on disk in the end.", "",
        "| start after | exec to ready | CPU | resident when ready | 1 s later | stop |", "|---|---|---|---|---|---|",
    ]
    for x in found["starts"]:
        lines.append(f"| {x['after']} | {x['ready_sec']:.2f} s | {x['cpu_sec']:.2f} s | {mib(x['ready_rss_kib'])} "
                     f"| {mib(x['rss_kib'])} | {x['stop_sec']:.2f} s |")
    return lines


def show_asked(found):
    samples, done = found["samples"], found["load"]
    count, total = done["personalized"] + done["others"], samples[-1]["users"]
    degraded = ", ".join(f"{each / count:.2%} {reason}" for reason, each in done["degraded"].items() if reason)
    lines = [
        "", f"One feed each of {count:,} users in {done['seconds']:.0f} s, every other one known, with "
        f"SIGNAL_CACHE_MB={CACHE_MB}; {done['cache_users']:,.0f} of them cached then, "
        f"{done['cache_bytes'] / 2**20:.1f} MiB; {1e6 * done['cpu_sec'] / count:.0f} µs of CPU a feed; "
        f"{done['personalized'] / count:.2%} personalized (degraded: {degraded or 'none'}).",
        "", "| users read | resident |", "|---|---|",
    ]
    for share in (0, 0.05, 0.1, 0.25, 0.5, 0.75, 1):
        at = min(samples, key=lambda x: abs(x["users"] - share * total))
        lines.append(f"| {at['users']:,.0f} | {mib(at['rss_kib'])} |")
    return lines


def show(found):
    return "\n".join(show_starts(found) + show_asked(found["asked"]))
