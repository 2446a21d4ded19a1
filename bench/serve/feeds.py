"""Personalized feeds against nginx returning as many bytes, and over the other listener, in one run."""

import statistics

import world
from kinora_server import get_feed, kinora_serve
from nginx import nginx
from spread import median_of, ratios_of
from wrk import load

TENANT = "bench"
VIDEOS = 1_000
USERS = 500
CONNECTIONS = (1, 32, 64)
ROUNDS = 3
ROUND_SEC = 5
WARM_UP_SEC = 2
SAMPLE = 100


def fill(server, videos=VIDEOS, users=USERS):
    """Uploads the tenant, its videos and its users."""
    admin = server.admin()
    admin.put_tenant(TENANT, world.rules())
    admin.put_videos(TENANT, world.ndjson(world.videos(videos)))
    for user, known in world.signals(videos, users):
        admin.put_signals(TENANT, user, known)


def typical_answer(port):
    """Headers and body of the feed of median length."""
    answers = []
    for user in range(SAMPLE):
        status, headers, body = get_feed(port, TENANT, f"user_{user:06d}")
        if status == 200 and headers["X-Personalized"] == "true":
            answers.append((len(body), user, dict(headers), body))
    answers.sort(key=lambda x: x[:2])
    _, _, headers, body = answers[len(answers) // 2]
    return headers, body


class OtherListener:
    """The same server, reached over its admin port, whose listener has a thread for each connection."""

    def __init__(self, server):
        self.port = server.admin_port
        self.cpu_sec = server.cpu_sec


def cpu_us_an_answer(rounds):
    return sum(x["cpu_sec"] for x in rounds) * 1e6 / max(sum(x["personalized"] + x["others"] for x in rounds), 1)


def summarise(connections, kinora, rival, other):
    """One row: medians over the rounds, and the ratio of each round, which compares neighbours in time."""
    to_other = ratios_of(kinora, other, "per_sec")
    ratios = ratios_of(kinora, rival, "per_sec")
    asked = sum(x["personalized"] + x["others"] for x in kinora)
    return {
        "connections": connections,
        "feeds_per_sec": median_of(kinora, "per_sec"),
        "p50_us": median_of(kinora, "p50_us"),
        "p99_us": median_of(kinora, "p99_us"),
        "nginx_per_sec": median_of(rival, "per_sec"),
        "nginx_p50_us": median_of(rival, "p50_us"),
        "nginx_p99_us": median_of(rival, "p99_us"),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "other_per_sec": median_of(other, "per_sec"),
        "other_p99_us": median_of(other, "p99_us"),
        "other_cpu_us": cpu_us_an_answer(other),
        "to_other": statistics.median(to_other),
        "to_other_min": min(to_other),
        "to_other_max": max(to_other),
        "personalized_share": sum(x["personalized"] for x in kinora) / max(asked, 1),
        "cpu_us": cpu_us_an_answer(kinora),
        "nginx_cpu_us": cpu_us_an_answer(rival),
        "socket_errors": sum(x["socket_errors"] for x in kinora),
    }


def measure(target, connections, seed, seconds=ROUND_SEC):
    """One round of load on `target`, with the CPU time that it took there."""
    before = target.cpu_sec()
    found = load(target.port, connections, seconds, USERS, seed)
    found["cpu_sec"] = target.cpu_sec() - before
    return found


def run(build):
    """Measures; returns what the report shows."""
    with kinora_serve(build, "--admin-max-connections", "128") as server:
        fill(server)
        other = OtherListener(server)
        headers, body = typical_answer(server.port)
        with nginx(headers, len(body)) as rival:
            for target in (rival, server, other):
                load(target.port, 32, WARM_UP_SEC, USERS, seed=0)
            found = {x: ([], [], []) for x in CONNECTIONS}
            for turn in range(ROUNDS):
                for connections, (of_kinora, of_rival, of_other) in found.items():
                    of_rival.append(measure(rival, connections, turn))
                    of_kinora.append(measure(server, connections, turn))
                    of_other.append(measure(other, connections, turn))
    return {
        "body_bytes": len(body),
        "rounds": ROUNDS,
        "round_sec": ROUND_SEC,
        "rows": [summarise(x, *rounds) for x, rounds in found.items()],
        "runs": {str(x): {"kinora": k, "nginx": n, "other": o} for x, (k, n, o) in found.items()},
    }


def show(found):
    """The result as Markdown."""
    lines = [
        f"Body: {found['body_bytes']} bytes. Medians of {found['rounds']} rounds of {found['round_sec']} s.",
        "",
        "| connections | feeds/s | p50 | p99 | nginx/s | nginx p50 | nginx p99 | feeds/nginx (each round) "
        "| personalized | CPU a feed | nginx CPU an answer | httplib feeds/s | p99 | CPU a feed | feeds/httplib |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for x in found["rows"]:
        lines.append(
            f"| {x['connections']} | {x['feeds_per_sec']:,.0f} | {x['p50_us']:,.0f} µs | {x['p99_us']:,.0f} µs "
            f"| {x['nginx_per_sec']:,.0f} | {x['nginx_p50_us']:,.0f} µs | {x['nginx_p99_us']:,.0f} µs "
            f"| {x['ratio']:.3f} ({x['ratio_min']:.3f}–{x['ratio_max']:.3f}) | {100 * x['personalized_share']:.2f} % "
            f"| {x['cpu_us']:.0f} µs | {x['nginx_cpu_us']:.0f} µs | {x['other_per_sec']:,.0f} | {x['other_p99_us']:,.0f} µs "
            f"| {x['other_cpu_us']:.0f} µs | {x['to_other']:.2f} ({x['to_other_min']:.2f}–{x['to_other_max']:.2f}) |")
    return "\n".join(lines)
