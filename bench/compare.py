#!/usr/bin/env python3
"""Compares two commits: compare.py A [B]; B is HEAD when it is not said. Builds both, runs both servers at once, loads
them in turns, and prints what each does, and B to A with the spread of the rounds. Each round has servers of its own: what a
process owes to where its memory came to lie is part of the spread. nginx, loaded in the same rounds, is the yardstick for
other runs."""

import contextlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "serve"))

from feeds import USERS, WARM_UP_SEC, cpu_us_an_answer, fill, measure, typical_answer  # noqa: E402
from kinora_server import kinora_serve  # noqa: E402
from nginx import nginx  # noqa: E402
from processes import allow_many_files, stop_on_signals  # noqa: E402
from revisions import SHORT, build_of, commit_of  # noqa: E402
from spread import in_words, median_of, ratios_of  # noqa: E402
from wrk import load  # noqa: E402

CONNECTIONS = (32, 64)
ROUNDS = 10
ROUND_SEC = 4
A, B, NGINX = "A", "B", "nginx"
COMPARED = {"per_sec": "feeds/s", "p50_us": "p50", "p99_us": "p99", "cpu_us": "CPU a feed"}


def rival_of(build, stack):
    """nginx, that returns what a server of that build does."""
    with kinora_serve(build) as server:
        fill(server)
        headers, body = typical_answer(server.port)
    return stack.enter_context(nginx(headers, len(body)))


def started(builds, order, stack):
    """Servers, filled and warm, in that order."""
    servers = {name: stack.enter_context(kinora_serve(builds[name])) for name in order}
    for server in servers.values():
        fill(server)
    for server in servers.values():
        load(server.port, CONNECTIONS[0], WARM_UP_SEC, USERS, seed=0)
    return servers


def measured(target, connections, seed):
    found = measure(target, connections, seed, ROUND_SEC)
    found["cpu_us"] = cpu_us_an_answer([found])
    return found


def run(builds):
    """{connections: {name: its rounds}}. A comes before B in every other round."""
    found = {connections: {A: [], B: [], NGINX: []} for connections in CONNECTIONS}
    with contextlib.ExitStack() as for_all:
        rival = rival_of(builds[A], for_all)
        for turn in range(ROUNDS):
            with contextlib.ExitStack() as stack:
                servers = started(builds, (B, A) if turn % 2 else (A, B), stack)
                for connections, rounds in found.items():
                    for name, target in {NGINX: rival, **servers}.items():
                        rounds[name].append(measured(target, connections, turn))
    return found


def show_each(found):
    yield "| connections | server | feeds/s | to nginx (each round) | p50 | p99 | CPU a feed | personalized |"
    yield "|---|---|---|---|---|---|---|---|"
    for connections, rounds_of in found.items():
        for name, rounds in rounds_of.items():
            to_nginx = in_words(ratios_of(rounds, rounds_of[NGINX], "per_sec"), "{:.3f}")
            good = sum(x["personalized"] for x in rounds)
            yield (f"| {connections} | {name} | {median_of(rounds, 'per_sec'):,.0f} | {to_nginx} "
                   f"| {median_of(rounds, 'p50_us'):,.0f} µs | {median_of(rounds, 'p99_us'):,.0f} µs "
                   f"| {median_of(rounds, 'cpu_us'):.1f} µs | {good / (good + sum(x['others'] for x in rounds)):.2%} |")


def show_ratios(found):
    yield "| connections | B to A | median (range of the rounds) | 1 is in the range |"
    yield "|---|---|---|---|"
    for connections, rounds_of in found.items():
        for key, words in COMPARED.items():
            ratios = ratios_of(rounds_of[B], rounds_of[A], key)
            same = "yes" if min(ratios) <= 1 <= max(ratios) else "**no**"
            yield f"| {connections} | {words} | {in_words(ratios, '{:.3f}')} | {same} |"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: ./dev bench compare A [B], two revisions that git knows; B is HEAD when it is not said")
    stop_on_signals()
    allow_many_files()
    revisions = [sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "HEAD"]
    commits = [commit_of(x) for x in revisions]  # before anything is built: a name may be wrong, or change its meaning
    builds = {name: build_of(commit) for name, commit in zip((A, B), commits)}
    for name, revision, commit in zip((A, B), revisions, commits):
        print(f"{name}: {revision} ({commit[:SHORT]})")
    print(f"\n{ROUNDS} rounds of {ROUND_SEC} s, in turns; load of the machine before them: {os.getloadavg()[0]:.1f}.\n",
          flush=True)
    found = run(builds)
    print("\n".join([*show_each(found), "", *show_ratios(found)]))


if __name__ == "__main__":
    main()
