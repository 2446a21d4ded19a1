"""Throughput and latency over connections, and what a feed costs over the size of the catalogue."""

import contextlib

from catalogue import PATIENT
from feeds import USERS, WARM_UP_SEC, cpu_us_an_answer, fill, measure, typical_answer
from kinora_server import kinora_serve
from nginx import nginx
from spread import in_words, median_of
from wrk import load

CONNECTIONS = (1, 4, 16, 64, 256)
SIZES = (100, 1_000, 10_000, 100_000)
BUSY_CONNECTIONS = 16
ROUNDS = 3
ROUND_SEC = 3


def over_connections(build):
    """Kinora and nginx in turns, each number of connections after the other."""
    with kinora_serve(build) as server:
        fill(server)
        headers, body = typical_answer(server.port)
        with nginx(headers, len(body)) as rival:
            for target in (server, rival):
                load(target.port, BUSY_CONNECTIONS, WARM_UP_SEC, USERS, seed=0)
            found = {x: ([], []) for x in CONNECTIONS}
            for turn in range(ROUNDS):
                for connections, (of_kinora, of_rival) in found.items():
                    of_kinora.append(measure(server, connections, turn, ROUND_SEC))
                    of_rival.append(measure(rival, connections, turn, ROUND_SEC))
    return [{
        "connections": connections,
        "feeds_per_sec": median_of(kinora, "per_sec"), "nginx_per_sec": median_of(rival, "per_sec"),
        "p50_us": median_of(kinora, "p50_us"), "nginx_p50_us": median_of(rival, "p50_us"),
        "p99_us": median_of(kinora, "p99_us"), "nginx_p99_us": median_of(rival, "p99_us"),
        "cpu_us": cpu_us_an_answer(kinora), "rounds": kinora, "nginx_rounds": rival,
    } for connections, (kinora, rival) in found.items()]


def over_videos(build):
    """p50 over one connection, where nothing waits, and CPU time over several, where no core sleeps. Timeouts are long:
    nothing is cut off."""
    with contextlib.ExitStack() as stack:
        servers = {size: stack.enter_context(kinora_serve(build, *PATIENT)) for size in SIZES}
        for size, server in servers.items():
            fill(server, videos=size)
            load(server.port, BUSY_CONNECTIONS, WARM_UP_SEC, USERS, seed=0)
        alone, busy = {size: [] for size in SIZES}, {size: [] for size in SIZES}
        for turn in range(ROUNDS):
            for size, server in servers.items():
                alone[size].append(measure(server, 1, turn, ROUND_SEC))
                busy[size].append(measure(server, BUSY_CONNECTIONS, turn, ROUND_SEC))
    return [{
        "videos": size, "p50_us": median_of(alone[size], "p50_us"), "p99_us": median_of(alone[size], "p99_us"),
        "cpu_us": cpu_us_an_answer(busy[size]), "feeds_per_sec": median_of(busy[size], "per_sec"),
        "alone_rounds": alone[size], "busy_rounds": busy[size],
    } for size in SIZES]


def run(build):
    return {"round_sec": ROUND_SEC, "busy_connections": BUSY_CONNECTIONS, "connections": over_connections(build),
            "videos": over_videos(build)}


def show(found):
    busy = found["busy_connections"]
    lines = [
        f"Medians and ranges of {len(found['videos'][0]['busy_rounds'])} rounds of {found['round_sec']} s, in turns.", "",
        "| connections | feeds/s | p50 | p99 | CPU a feed | nginx/s | nginx p50 | nginx p99 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for x in found["connections"]:
        lines.append(
            f"| {x['connections']} | {in_words([y['per_sec'] for y in x['rounds']], '{:,.0f}')} | {x['p50_us']:,.0f} µs "
            f"| {in_words([y['p99_us'] for y in x['rounds']], '{:,.0f}')} µs | {x['cpu_us']:.0f} µs "
            f"| {x['nginx_per_sec']:,.0f} | {x['nginx_p50_us']:,.0f} µs | {x['nginx_p99_us']:,.0f} µs |")
    lines += ["", f"| videos | p50, 1 connection | p99, 1 connection | CPU a feed, {busy} connections "
              f"| feeds/s, {busy} connections |", "|---|---|---|---|---|"]
    for x in found["videos"]:
        lines.append(
            f"| {x['videos']:,} | {in_words([y['p50_us'] for y in x['alone_rounds']], '{:,.0f}')} µs "
            f"| {x['p99_us']:,.0f} µs | {x['cpu_us']:,.0f} µs "
            f"| {in_words([y['per_sec'] for y in x['busy_rounds']], '{:,.0f}')} |")
    return "\n".join(lines)
