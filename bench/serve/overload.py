"""Five times as many feeds as the server can rank, for a minute; then one tenant against another."""

import os
import statistics
import tempfile
import threading
import time

from cores import halves, here_on, keep_on
from feeds import TENANT, USERS, fill
from kinora_server import get_feed, kinora_serve
from processes import output_of
import world
from wrk import load

NEIGHBOUR = "neighbour"
CAPACITY_CONNECTIONS = 64
CAPACITY_SEC = 10
TIMES = 5
FLOOD_SEC = 60
FLOOD_CONNECTIONS = 1_000
GRACE_SEC = 15
NEIGHBOUR_ROUNDS = 3
BUDGET_MS = 100
RECOVERED_IN_A_ROW = 50
LATE_MS = BUDGET_MS + 50


def flood(port, per_sec, seconds, connections, tenant=TENANT):
    """h2load sends at a fixed rate, whatever comes back, as far as its connections are free."""
    with tempfile.TemporaryDirectory(prefix="kinora-bench-") as folder:
        log = os.path.join(folder, "requests")
        output_of(["h2load", "--h1", "-t", "1", "-c", str(connections), "-D", str(seconds), "--rps",
                   str(max(1, round(per_sec / connections))), f"--log-file={log}", "-H", f"X-Tenant-ID: {tenant}",
                   f"http://127.0.0.1:{port}/v1/feed?user_hash=user_000001"], seconds + GRACE_SEC)
        with open(log, encoding="ascii") as lines:
            answers = [line.split() for line in lines]  # when it was sent, status, microseconds
    took = sorted(int(us) / 1e3 for _, status, us in answers if status == "200")
    return {
        "answered_per_sec": len(answers) / seconds,
        "ok_per_sec": len(took) / seconds,
        "refused": sum(status == "503" for _, status, _ in answers),
        "failed": sum(status not in ("200", "503") for _, status, _ in answers),
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[int(len(took) * 0.99)],
        "p9999_ms": took[int(len(took) * 0.9999)],
        "longest_ms": took[-1],
        "late": sum(x > LATE_MS for x in took),
    }


def time_to_recover(port):
    """Seconds until so many feeds in a row are personalized."""
    began = time.monotonic()
    in_a_row = 0
    while in_a_row < RECOVERED_IN_A_ROW and time.monotonic() - began < 30:
        status, headers, _ = get_feed(port, TENANT, f"user_{in_a_row:06d}")
        in_a_row = in_a_row + 1 if status == 200 and headers["X-Personalized"] == "true" else 0
    return time.monotonic() - began


def paced(port, tenant, per_sec, seconds):
    """Feeds one after the other at a steady pace; their latencies and how many were personalized."""
    took, personalized, begin = [], 0, time.monotonic()
    for i in range(int(per_sec * seconds)):
        time.sleep(max(0.0, begin + i / per_sec - time.monotonic()))
        at = time.monotonic()
        status, headers, _ = get_feed(port, tenant, f"user_{i % USERS:06d}")
        took.append((time.monotonic() - at) * 1e3)
        personalized += status == 200 and headers["X-Personalized"] == "true"
    took.sort()
    return {"p50_ms": statistics.median(took), "p99_ms": took[int(len(took) * 0.99)],
            "personalized": personalized / len(took)}


def beside(server, flooded, per_sec, connections):
    """A small tenant's feeds while another tenant, of the server `flooded`, is asked for `per_sec` feeds."""
    flooding = threading.Thread(target=flood, args=(flooded.port, per_sec, 12, connections))
    if per_sec:
        flooding.start()
        time.sleep(1)
    found = paced(server.port, NEIGHBOUR, 100, 10)
    if per_sec:
        flooding.join()
    return found


def neighbours(build):
    """How another's flood shows. The server has half of the cores to itself. What a flood of another process costs, which has
    nothing but the clients' cores in common with it, is the noise; each is measured in turn, so that neighbours in time can
    be compared."""
    own, others = halves()
    with here_on(others), kinora_serve(build, "--io-threads", str(len(own))) as server, kinora_serve(build) as other:
        keep_on(server.pid, own)
        fill(other)
        fill(server)
        admin = server.admin()
        admin.put_tenant(NEIGHBOUR, world.rules())
        admin.put_videos(NEIGHBOUR, world.ndjson(world.videos(1_000)))
        load(server.port, CAPACITY_CONNECTIONS, 2, USERS, seed=0)
        share = load(server.port, CAPACITY_CONNECTIONS, CAPACITY_SEC // 2, USERS, seed=1)["per_sec"] / 2
        kinds = {"alone": (server, 0, 0), "the other tenant at its share": (server, share, 32),
                 "a flood of another server on this machine": (other, 10 * share, 256),
                 "a flood of the other tenant, ten times its share": (server, 10 * share, 256)}
        rounds = {kind: [] for kind in kinds}
        for _ in range(NEIGHBOUR_ROUNDS):
            for kind, (flooded, per_sec, connections) in kinds.items():
                rounds[kind].append(beside(server, flooded, per_sec, connections))
    return {kind: {"p50_ms": statistics.median(x["p50_ms"] for x in found),
                   "p99_ms": statistics.median(x["p99_ms"] for x in found),
                   "p99_ms_of_rounds": [x["p99_ms"] for x in found],
                   "personalized": min(x["personalized"] for x in found)} for kind, found in rounds.items()}


def run(build):
    """Measures; returns what the report shows."""
    with kinora_serve(build) as server:
        fill(server)
        load(server.port, CAPACITY_CONNECTIONS, 2, USERS, seed=0)
        peak = load(server.port, CAPACITY_CONNECTIONS, CAPACITY_SEC, USERS, seed=1)
        rss_before = server.rss_kib()
        flooded = {}
        worker = threading.Thread(target=lambda: flooded.update(
            flood(server.port, TIMES * peak["per_sec"], FLOOD_SEC, FLOOD_CONNECTIONS)))
        worker.start()
        rss, health = [], []
        while worker.is_alive():
            time.sleep(0.5)
            at = time.monotonic()
            server.admin().get("/health")
            health.append((time.monotonic() - at) * 1e3)
            rss.append(server.rss_kib())
        worker.join()
        recovered = time_to_recover(server.port)
        reasons = server.metric_by("degraded_reason", "kinora_feed_responses_total")
    neighbour = neighbours(build)
    return {"peak": peak, "flood": flooded, "rss_before_kib": rss_before, "rss_first_kib": rss[4],
            "rss_last_kib": rss[-1], "recovered_sec": recovered, "feeds_by_reason": dict(reasons),
            "health_max_ms": max(health), "neighbour": neighbour}


def show(found):
    """The result as Markdown."""
    peak, flooded = found["peak"], found["flood"]
    lines = [
        f"Capacity over {CAPACITY_CONNECTIONS} connections: {peak['per_sec']:,.0f} feeds/s, p99 {peak['p99_us'] / 1e3:.1f} ms. "
        f"Then {TIMES} times as many wanted for {FLOOD_SEC} s over {FLOOD_CONNECTIONS} connections:",
        "",
        f"| answered/s | 200/s | of the peak | 503 | failed | p50 | p99 | p99.99 | longest | over {LATE_MS} ms "
        "| /health of the admin port, longest |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        f"| {flooded['answered_per_sec']:,.0f} | {flooded['ok_per_sec']:,.0f} "
        f"| {flooded['ok_per_sec'] / peak['per_sec']:.2f} | {flooded['refused']:,} | {flooded['failed']:,} "
        f"| {flooded['p50_ms']:.1f} ms | {flooded['p99_ms']:.1f} ms | {flooded['p9999_ms']:.0f} ms "
        f"| {flooded['longest_ms']:.0f} ms | {flooded['late']:,} | {found['health_max_ms']:.0f} ms |",
        "",
        f"Resident: {found['rss_before_kib'] / 1024:.1f} MiB before, {found['rss_first_kib'] / 1024:.1f} after two "
        f"seconds, {found['rss_last_kib'] / 1024:.1f} at the end. Everything was personalized again within "
        f"{found['recovered_sec']:.2f} s. Feeds by reason: "
        + ", ".join(f"{reason or 'not degraded'} {count:,.0f}" for reason, count in found["feeds_by_reason"].items()) + ".",
        "",
        "| a tenant at 100 feeds/s beside | p50 | p99 (each round) | personalized |",
        "|---|---|---|---|",
    ]
    for beside_what, x in found["neighbour"].items():
        rounds = ", ".join(f"{ms:.1f}" for ms in x["p99_ms_of_rounds"])
        lines.append(f"| {beside_what} | {x['p50_ms']:.2f} ms | {x['p99_ms']:.2f} ms ({rounds}) "
                     f"| {100 * x['personalized']:.1f} % |")
    return "\n".join(lines)
