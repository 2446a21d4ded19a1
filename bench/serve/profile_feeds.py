"""What a feed request spends its CPU time on: samples of the busy server's stacks, sorted by what they are in."""

import collections
import os
import shutil
import sys
import tempfile
import threading
import time

from feeds import ROUND_SEC, USERS, fill
from kinora_server import kinora_serve
from processes import output_of
from wrk import load

CONNECTIONS = 32
SAMPLES_PER_SEC = 400
STACK_BYTES = 16_384
PERF_TIMEOUT_SEC = 300

# A sample belongs to the first line of which one of the words is in one of its frames.
PLACES = [
    ("answer: signing the next cursor", ["cursor_codec::encode"]),
    ("answer: JSON, ETag, headers", ["http::feed_response", "feed_answer::~feed_answer", "write_items"]),
    ("ranking", ["kinora::ranking::run"]),
    ("metrics", ["kinora::metrics::", "prometheus::"]),
    ("actors: timers of requests", ["actor_clock"]),
    ("threads: the answer wakes its I/O thread", ["io_thread::deliver"]),
    ("sockets: send", ["asio_connection::write"]),
    ("sockets: receive", ["recvmsg"]),
    ("sockets: waiting for input", ["asio_connection::await_input", "epoll_reactor", "epoll_wait"]),
    ("HTTP: reading the head", ["parse_request_head", "find_head_end"]),
    ("HTTP: turns of tenants", ["feed_queue"]),
    ("HTTP: route and request", ["router::serve", "read_request"]),
    ("threads: an actor wakes a worker", ["worker<caf::policy::work_sharing>::exec_later", "coordinator<", "enqueue"]),
    ("actors: what handlers do", ["kinora::feed_handler_state", "kinora::signal_fetcher_state", "kinora::workbench"]),
    ("actors: workers and mailboxes", ["caf::"]),
    ("HTTP: the rest of a connection", ["kinora::http::"]),
]


def stacks(script):
    """The frames of each sample of `perf script`, innermost first."""
    for block in script.split("\n\n"):
        frames = [line.strip().partition(" ")[2] for line in block.strip().splitlines()[1:]]
        if frames:
            yield frames


def place_of(frames):
    for place, words in PLACES:
        if any(word in frame for frame in frames for word in words):
            return place
    return "other"


def in_kernel(frames):
    return "[kernel" in frames[0]


def record(server, data):
    """Samples the server while it is loaded; returns what the load saw."""
    seen = {}
    loading = threading.Thread(
        target=lambda: seen.update(load(server.port, CONNECTIONS, ROUND_SEC + 2, USERS, seed=1)))
    before = server.cpu_sec()
    loading.start()
    time.sleep(1)
    output_of(["perf", "record", "-q", "-o", data, "-F", str(SAMPLES_PER_SEC), "-e", "cpu-clock", "--call-graph",
               f"dwarf,{STACK_BYTES}", "-p", str(server.pid), "--", "sleep", str(ROUND_SEC)], PERF_TIMEOUT_SEC)
    loading.join()
    seen["cpu_us_per_feed"] = (server.cpu_sec() - before) * 1e6 / max(seen["personalized"] + seen["others"], 1)
    return seen


def run(build):
    if not shutil.which("perf"):
        sys.exit("bench: profile needs perf (Debian's package linux-perf)")
    with tempfile.TemporaryDirectory(prefix="kinora-bench-") as folder:
        data = os.path.join(folder, "perf.data")
        with kinora_serve(build) as server:
            fill(server)
            seen = record(server, data)
        script = output_of(["perf", "script", "-i", data, "-F", "comm,tid,ip,sym,dso", "--no-inline"],
                           PERF_TIMEOUT_SEC)
    all_of, kernel_of = collections.Counter(), collections.Counter()
    for frames in stacks(script):
        all_of[place_of(frames)] += 1
        kernel_of[place_of(frames)] += in_kernel(frames)
    samples = sum(all_of.values())
    rows = [{"place": place, "share": count / samples, "kernel_share": kernel_of[place] / samples}
            for place, count in all_of.most_common()]
    return {"connections": CONNECTIONS, "samples": samples, "load": seen, "rows": rows}


def show(found):
    cpu_us = found["load"]["cpu_us_per_feed"]
    lines = [f"{found['samples']} samples at {found['connections']} connections; {cpu_us:.0f} µs of CPU a feed.", "",
             "| where | share | of it in the kernel | a feed |", "|---|---|---|---|"]
    for x in found["rows"]:
        lines.append(f"| {x['place']} | {100 * x['share']:.1f} % | {100 * x['kernel_share']:.1f} % "
                     f"| {x['share'] * cpu_us:.0f} µs |")
    return "\n".join(lines)
