"""CPU time of a server that has nothing to do, with idle connections and without."""

import contextlib
import time

from disk import data_folder
from feeds import fill
from idle_connections import idle_connections
from kinora_server import kinora_serve
from spread import in_words

CONNECTIONS = (0, 2_000)
ROUNDS = 3
ROUND_SEC = 10
SETTLE_SEC = 3
MEMORY, DURABLE = "memory", "rocksdb"
AIM_PERCENT = 1


def watch(servers, connections):
    """Percent of a core that each server uses, all of them in the same seconds."""
    with contextlib.ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(idle_connections(server.port, connections))
        time.sleep(SETTLE_SEC)
        before, begin = {name: x.cpu_sec() for name, x in servers.items()}, time.monotonic()
        time.sleep(ROUND_SEC)
        took = time.monotonic() - begin
        return {name: 100 * (x.cpu_sec() - before[name]) / took for name, x in servers.items()}


def run(build):
    with data_folder(build) as data, contextlib.ExitStack() as stack:
        servers = {MEMORY: stack.enter_context(kinora_serve(build)),
                   DURABLE: stack.enter_context(kinora_serve(build, data=data))}
        for server in servers.values():
            fill(server)
        rounds = [{str(count): watch(servers, count) for count in CONNECTIONS} for _ in range(ROUNDS)]
    return {"round_sec": ROUND_SEC, "percent_of_a_core": rounds}


def show(found):
    rounds = found["percent_of_a_core"]
    lines = [f"Percent of a core over {found['round_sec']} s, {len(rounds)} rounds; the aim is less than {AIM_PERCENT} %.",
             "", "| idle connections | " + " | ".join(rounds[0]["0"]) + " |", "|---" * (len(rounds[0]["0"]) + 1) + "|"]
    for count in rounds[0]:
        cells = [in_words([x[count][name] for x in rounds]) + " %" for name in rounds[0][count]]
        lines.append(f"| {int(count):,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
