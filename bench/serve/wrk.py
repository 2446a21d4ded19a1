"""Load from wrk."""

import json
import os
import resource
import time

from processes import output_of

HERE = os.path.dirname(os.path.abspath(__file__))
GRACE_SEC = 15


def wrk(script, port, connections, seconds, *arguments):
    """Runs one of the scripts beside this for some whole seconds; returns what it prints, with wrk's CPU time."""
    threads = min(connections, 2)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = output_of(["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "5s",
                     "-s", os.path.join(HERE, script), f"http://127.0.0.1:{port}", "--", *map(str, arguments)],
                    seconds + GRACE_SEC)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(out.strip().splitlines()[-1])
    found["wrk_cpu_sec"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found


def load(port, connections, seconds, users, seed):
    """Feeds over `connections`. Rates count personalized answers only."""
    found = wrk("wrk_feeds.lua", port, connections, seconds, seed, users)
    found["per_sec"] = found["personalized"] / found["seconds"]
    return found


def load_tenants(port, connections, seconds, users, tenants, seed):
    """As load(), over that many tenants."""
    found = wrk("wrk_tenants.lua", port, connections, seconds, seed, users, tenants)
    found["per_sec"] = found["personalized"] / found["seconds"]
    return found


def load_events(port, connections, seconds, users, videos, batch, tokens=()):
    """Batches of new events over `connections`, each event with one of the tracking tokens, if there are any."""
    return wrk("wrk_events.lua", port, connections, seconds, os.urandom(4).hex(), users, videos, batch,
               int(time.time()), ",".join(tokens))


def ask_for_each(port, connections, seconds, users, known, tenants):
    """One feed of each of so many users, as far as that gets in so many seconds."""
    return wrk("wrk_users.lua", port, connections, seconds, users, known, tenants)
