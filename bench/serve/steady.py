#!/usr/bin/env python3
"""Requests at a steady rate, in a process of its own: steady.py feeds|upserts PORT TENANT VIDEOS RATE SECONDS.
Prints JSON; times are of good answers only. A request that could not leave in time, because the answer before it
was late, counts from when it should have left."""

import http.client
import json
import os
import random
import sys
import threading
import time

import world
from kinora_server import TOKEN
from processes import output_of

WORKERS = 8
ANSWER_TIMEOUT_SEC = 10
GRACE_SEC = 60
USERS = 500  # of whom something is known


class Feeds:
    """Feeds of users drawn at random; good when personalized."""

    def __init__(self, tenant, _videos, worker):
        self._tenant = tenant
        self._draw = random.Random(worker)

    def ask(self, connection):
        connection.request("GET", f"/v1/feed?user_hash=user_{self._draw.randrange(USERS):06d}",
                           headers={"X-Tenant-ID": self._tenant})
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200 and answer.headers["X-Personalized"] == "true"


class Upserts:
    """New versions of videos drawn at random, one a request; good when accepted."""

    def __init__(self, tenant, videos, worker):
        self._tenant = tenant
        self._videos = videos
        self._draw = random.Random(worker)

    def ask(self, connection):
        line = world.ndjson([world.video(self._draw, self._draw.randrange(self._videos), self._videos, time.time())])
        connection.request("PUT", f"/admin/v1/tenants/{self._tenant}/videos", line,
                           {"Authorization": "Bearer " + TOKEN})
        answer = connection.getresponse()
        return answer.status == 200 and json.loads(answer.read())["accepted"] == 1


def work(worker, start, rate, seconds, port, source, out):
    """Every WORKERS-th request, from `start` on: appends (seconds it took, whether it was good) to `out`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_SEC)
    connection.connect()
    for turn in range(worker, int(rate * seconds), WORKERS):
        begin = start + turn / rate
        if (wait := begin - time.monotonic()) > 0:
            time.sleep(wait)
            begin = time.monotonic()
        good = source.ask(connection)
        out.append((time.monotonic() - begin, good))
    connection.close()


def quantile(sorted_values, share):
    return sorted_values[min(int(share * len(sorted_values)), len(sorted_values) - 1)]


def main():
    kind, port, tenant, videos, rate, seconds = sys.argv[1], *sys.argv[2:]
    make = {"feeds": Feeds, "upserts": Upserts}[kind]
    done = []
    start = time.monotonic() + 0.1
    workers = [threading.Thread(target=work, args=(i, start, float(rate), float(seconds), int(port),
                                                   make(tenant, int(videos), i), done)) for i in range(WORKERS)]
    for x in workers:
        x.start()
    for x in workers:
        x.join()
    took = sorted(x for x, good in done if good)
    if not took:
        sys.exit(f"steady: none of {len(done)} {kind} had a good answer")
    print(json.dumps({"sent": len(done), "wanted": int(float(rate) * float(seconds)), "good": len(took),
                      "p50_us": quantile(took, 0.5) * 1e6, "p99_us": quantile(took, 0.99) * 1e6,
                      "max_us": took[-1] * 1e6}))


def steady(kind, port, tenant, videos, rate, seconds):
    """Runs this file; returns what it prints."""
    out = output_of([sys.executable, "-B", os.path.abspath(__file__), kind, str(port), tenant, str(videos), str(rate),
                     str(seconds)], seconds + GRACE_SEC)
    return json.loads(out)


if __name__ == "__main__":
    main()
