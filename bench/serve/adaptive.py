"""A store that becomes ten times slower and back: what feeds get out of it when the number of reads at a time follows how
long they take, against constants chosen by hand."""

import statistics

from feeds import USERS, fill
from kinora_server import kinora_serve
from open_loop import open_loop

FETCHERS = 2
SERVICE_MS = (1, 10, 1)  # a read keeps its fetcher busy for so long, in one phase after the other
PHASE_SEC = 5
WANTED_PER_SEC = 2_600  # more than FETCHERS get done even in the quick phases
CONNECTIONS = 400
TIMEOUT_MS = 40
BUDGET_MS = 100
ROUNDS = 2
CONSTANTS = (2, 4, 8, 16, 32)
ADAPTIVE = "adaptive"
AIM = 0.9


def flags_of(kind):
    own = [] if kind == ADAPTIVE else ["--min-signal-reads", str(kind), "--max-at-work", str(kind)]
    return ["--chaos", "--signal-fetchers", str(FETCHERS), "--signal-store-timeout-ms", str(TIMEOUT_MS), "--feed-budget-ms",
            str(BUDGET_MS), *own]


def phase(server, service_ms, seed):
    server.admin().put("faults/signals", {"busy_ms": service_ms})
    found = open_loop(server.port, WANTED_PER_SEC, PHASE_SEC, CONNECTIONS, USERS, seed)
    return {"service_ms": service_ms, "good_per_sec": found["personalized"] / PHASE_SEC, "p99_ms": found["p99_us"] / 1e3,
            "longest_ms": found["max_us"] / 1e3, "failed": found["failed"],
            "limit": server.metric("kinora_signal_reads_limit")}


def one_round(build, kind):
    with kinora_serve(build, *flags_of(kind)) as server:
        fill(server)
        return [phase(server, ms, seed) for seed, ms in enumerate(SERVICE_MS)]


def run(build):
    rounds = {kind: [] for kind in (ADAPTIVE, *CONSTANTS)}
    for _ in range(ROUNDS):
        for kind, found in rounds.items():
            found.append(one_round(build, kind))
    return {"phases_ms": SERVICE_MS, "phase_sec": PHASE_SEC, "wanted_per_sec": WANTED_PER_SEC, "timeout_ms": TIMEOUT_MS,
            "budget_ms": BUDGET_MS, "rounds": {str(kind): found for kind, found in rounds.items()}}


def median_of_phase(rounds, index, key):
    return statistics.median(x[index][key] for x in rounds)


def row(kind, rounds, best):
    cells = []
    for index, most in enumerate(best):
        good = median_of_phase(rounds, index, "good_per_sec")
        longest = max(x[index]["longest_ms"] for x in rounds)
        cells.append(f"{good:,.0f} ({good / most:.2f}), {longest:,.0f} ms")
    return f"| {kind} | " + " | ".join(cells) + " |"


def show(found):
    rounds = found["rounds"]
    best = [max(median_of_phase(x, i, "good_per_sec") for kind, x in rounds.items() if kind != ADAPTIVE)
            for i in range(len(found["phases_ms"]))]
    limits = [median_of_phase(rounds[ADAPTIVE], i, "limit") for i in range(len(best))]
    return "\n".join([
        f"{FETCHERS} fetchers that a read keeps busy; {found['wanted_per_sec']:,} feeds/s wanted, at random times, over {CONNECTIONS} "
        f"connections, all with signals to be read, {found['phase_sec']} s a phase, medians of {ROUNDS} rounds. Personalized feeds/s (to the best "
        f"constant of that phase), and the longest answer of any kind; the budget is {found['budget_ms']} ms.", "",
        "| reads at a time | " + " | ".join(f"{ms} ms a read" for ms in found["phases_ms"]) + " |",
        "|---|" + "---|" * len(best), *(row(kind, x, best) for kind, x in rounds.items()), "",
        "The adaptive limit at the end of each phase: " + ", ".join(f"{x:.0f}" for x in limits)
        + f". Aim: {AIM:.0%} of the best constant in every phase."])
