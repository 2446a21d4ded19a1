"""Latency at half of the highest rate: an open loop, alone and beside 2,000 idle connections, in one run. The server has half
of the cores to itself: at the end of the queue for a core that its clients use, p99 is their time slices.

As many idle connections to a server that is not asked are the control: what they change, the server has no part in."""

import contextlib
import statistics

from cores import halves, here_on, keep_on
from feeds import USERS, WARM_UP_SEC, fill, measure, typical_answer
from idle_connections import idle_connections
from kinora_server import kinora_serve
from nginx import nginx
from open_loop import open_loop
from spread import in_words, median_of, ratios_of

CONNECTIONS = 64
PEAK_ROUNDS = 3
PEAK_ROUND_SEC = 5
ROUNDS = 12
ROUND_SEC = 5
IDLE = 2_000
ALONE, BESIDE, CONTROL, NGINX = ("alone", "beside idle connections", "beside idle connections to nginx",
                                 "nginx at the same rate")
QUANTILES = ("p50_us", "p90_us", "p99_us")
AIM_P99_MS = 5
AIM_P99_TO_P50 = 3


def highest_rate(server):
    """Feeds a second of a closed loop, of each round."""
    measure(server, CONNECTIONS, seed=0, seconds=WARM_UP_SEC)
    return [measure(server, CONNECTIONS, turn, PEAK_ROUND_SEC)["per_sec"] for turn in range(1, PEAK_ROUNDS + 1)]


def one_round(target, idle_at, rate, seed):
    """All kinds of round of one turn get the same seed, and so the same requests at the same times."""
    with idle_connections(idle_at.port, IDLE) if idle_at else contextlib.nullcontext():
        before = target.cpu_sec()
        found = open_loop(target.port, rate, ROUND_SEC, CONNECTIONS, USERS, seed)
        found["server_cpu_us"] = 1e6 * (target.cpu_sec() - before) / found["asked"]
    found["p99_to_p50"] = found["p99_us"] / found["p50_us"]
    found["p99_ms"] = found["p99_us"] / 1e3
    found["personalized_share"] = found["personalized"] / found["asked"]
    return found


def run(build):
    own, others = halves()
    with here_on(others), kinora_serve(build, "--io-threads", str(len(own))) as server:
        keep_on(server.pid, own)
        fill(server)
        headers, body = typical_answer(server.port)
        with nginx(headers, len(body)) as rival:
            rival.keep_on(own)
            peaks = highest_rate(server)
            rate = statistics.median(peaks) / 2
            kinds = {ALONE: (server, None), BESIDE: (server, server), CONTROL: (server, rival), NGINX: (rival, None)}
            found = {kind: [] for kind in kinds}
            for turn in range(ROUNDS):
                first = turn % len(kinds)  # each comes first as often as last
                for kind in [*kinds][first:] + [*kinds][:first]:
                    found[kind].append(one_round(*kinds[kind], rate, turn))
        reasons = server.metric_by("degraded_reason", "kinora_feed_responses_total")
    alone = found[ALONE]
    return {
        "connections": CONNECTIONS, "round_sec": ROUND_SEC, "idle_connections": IDLE, "peak_per_sec": peaks,
        "rate_per_sec": rate, "rounds": found, "feeds_by_reason": dict(reasons),
        "to_alone": {kind: {x: ratios_of(found[kind], alone, x) for x in QUANTILES} for kind in (BESIDE, CONTROL)},
        "noise": [x["p99_us"] / y["p99_us"] for x, y in zip(alone[1:], alone)],
    }


def show_row(kind, rounds):
    asked = sum(x["asked"] for x in rounds)
    return (f"| {kind} | {median_of(rounds, 'p50_us') / 1e3:.2f} ms "
            f"| {in_words([x['p99_ms'] for x in rounds])} ms | {in_words([x['p99_to_p50'] for x in rounds], '{:.1f}')} "
            f"| {max(x['max_us'] for x in rounds) / 1e3:.0f} ms | {sum(x['personalized'] for x in rounds) / asked:.2%} "
            f"| {sum(x['failed'] for x in rounds)} | {median_of(rounds, 'server_cpu_us'):.0f} µs "
            f"| {median_of(rounds, 'late_p50_us') / 1e3:.2f} ms, {median_of(rounds, 'late_p99_us') / 1e3:.2f} ms |")


def show(found):
    rounds = found["rounds"]
    first = "which goes first on its cores" if rounds[ALONE][0]["went_first"] else "which may not go first on its cores"
    degraded = {reason: count for reason, count in found["feeds_by_reason"].items() if reason and count}
    lines = [
        f"Highest rate over {found['connections']} connections: {in_words(found['peak_per_sec'], '{:,.0f}')} feeds/s. Then "
        f"{found['rate_per_sec']:,.0f} feeds/s, due at random times, from other cores and a process {first}; {len(rounds[ALONE])} rounds "
        f"of {found['round_sec']} s in turns, beside {found['idle_connections']:,} idle connections or none.", "",
        "| load | p50 | p99 (each round) | p99 to p50 | longest | personalized | failed | CPU an answer "
        "| left late, p50, p99 |",
        "|---|---|---|---|---|---|---|---|---|",
        *(show_row(kind, each) for kind, each in rounds.items()),
        "",
        *(f"{kind}, to alone: " + "; ".join(f"{x.removesuffix('_us')} {in_words(ratios)}" for x, ratios in each.items()) + "."
          for kind, each in found["to_alone"].items()),
        f"p99 alone to the round before, which is the noise: {in_words(found['noise'])}. Aims: p99 ≤ {AIM_P99_MS} ms and ≤ "
        f"{AIM_P99_TO_P50} × p50, and no change beyond noise. Degraded feeds of the whole run: {degraded or 'none'}.",
    ]
    return "\n".join(lines)
