"""Memory, and time to be ready."""

import statistics
import time

import world
from kinora_server import kinora_serve

STARTS = 10
SIZES = (0, 10_000, 50_000, 100_000)
PIECE = 5_000
SETTLE_SEC = 1
TENANT = "bench"


def start_demo(build):
    begin = time.monotonic()
    with kinora_serve(build, "--demo") as server:
        ready_sec = time.monotonic() - begin
        time.sleep(SETTLE_SEC / 4)
        return {"ready_sec": ready_sec, "rss_kib": server.rss_kib()}


def upload(build, videos, piece):
    """A fresh server that holds one tenant of so many videos: how long the uploads took, and what it takes up."""
    bodies = [world.ndjson(videos[i:i + piece]) for i in range(0, len(videos), piece)]
    with kinora_serve(build) as server:
        admin = server.admin()
        admin.put_tenant(TENANT, world.rules())
        begin = time.monotonic()
        for body in bodies:
            admin.put_videos(TENANT, body)
        took = time.monotonic() - begin
        time.sleep(SETTLE_SEC)
        connected = server.rss_kib()
        admin.close()
        time.sleep(SETTLE_SEC)
        return {"videos": len(videos), "uploads": len(bodies), "bytes": sum(map(len, bodies)), "upload_sec": took,
                "connected_rss_kib": connected, "rss_kib": server.rss_kib()}


def run(build):
    starts = [start_demo(build) for _ in range(STARTS)]
    rows = [upload(build, world.videos(size), max(size, 1)) for size in SIZES]
    rows.append(upload(build, world.videos(SIZES[-1]), PIECE))
    in_one = rows[:len(SIZES)]
    return {
        "starts": starts,
        "rows": rows,
        "kib_per_1000_videos": (in_one[-1]["rss_kib"] - in_one[0]["rss_kib"]) / (SIZES[-1] / 1000),
    }


def show(found):
    ready = [x["ready_sec"] * 1000 for x in found["starts"]]
    rss = [x["rss_kib"] / 1024 for x in found["starts"]]
    lines = [
        "| with the demo | median | range | starts |",
        "|---|---|---|---|",
        f"| from exec to ready | {statistics.median(ready):.0f} ms | {min(ready):.0f}–{max(ready):.0f} ms "
        f"| {STARTS} |",
        f"| resident memory | {statistics.median(rss):.1f} MiB | {min(rss):.1f}–{max(rss):.1f} MiB | {STARTS} |",
        "",
        "| videos of one tenant | uploads | MB sent | upload | resident memory "
        "| before the upload's connection closes |",
        "|---|---|---|---|---|---|",
    ]
    for x in found["rows"]:
        lines.append(f"| {x['videos']:,} | {x['uploads']} | {x['bytes'] / 1e6:.1f} | {x['upload_sec']:.2f} s "
                     f"| {x['rss_kib'] / 1024:.1f} MiB | {x['connected_rss_kib'] / 1024:.1f} MiB |")
    lines += ["", f"{found['kib_per_1000_videos']:.0f} KiB a 1,000 videos, uploaded at once."]
    return "\n".join(lines)
