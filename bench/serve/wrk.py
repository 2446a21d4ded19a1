"""Load from wrk."""

import json
import os

from processes import output_of

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrk_feeds.lua")
GRACE_SEC = 15


def load(port, connections, seconds, users, seed):
    """Feeds over `connections` for some whole seconds. Rates count personalized answers only."""
    threads = min(connections, 2)
    out = output_of(["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "5s",
                     "-s", SCRIPT, f"http://127.0.0.1:{port}", "--", str(seed), str(users)], seconds + GRACE_SEC)
    found = json.loads(out.strip().splitlines()[-1])
    found["per_sec"] = found["personalized"] / found["seconds"]
    return found
