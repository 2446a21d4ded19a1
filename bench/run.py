#!/usr/bin/env python3
"""Measures Kinora: run.py BUILD_FOLDER [SUBJECT]... Prints Markdown, and keeps JSON in bench/results."""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "serve"))

import environment  # noqa: E402
import results  # noqa: E402
from processes import allow_many_files, stop_on_signals  # noqa: E402

# subject -> title, module, whether it is measured when nothing is named
SUBJECTS = {
    "feeds": ("Feeds against nginx", "feeds", True),
    "latency": ("Latency at half of the highest rate", "latency", True),
    "scale": ("Over connections and videos", "scale", True),
    "tenants": ("Many tenants", "tenants", True),
    "overload": ("Overload", "overload", True),
    "adaptive": ("A store that becomes slower", "adaptive", True),
    "micro": ("Parts of a feed", "micro", True),
    "memory": ("Memory and start", "memory", True),
    "idle": ("Idle", "idle", True),
    "catalogue": ("A tenant of 100,000 videos", "catalogue", True),
    "events": ("Events", "events", True),
    "store": ("The store", "store", True),
    "users": ("A million users", "users", True),
    "profile": ("What a feed costs", "profile_feeds", False),
}


def measure(subject, build, about):
    title, module, _ = SUBJECTS[subject]
    load_before = os.getloadavg()[0]
    print(f"\n## {title}\n\nLoad of the machine before it: {load_before:.1f}.\n", flush=True)
    part = importlib.import_module(module)
    found = part.run(build)
    results.keep(subject, {**about, "load_before": load_before}, found)
    print(part.show(found), flush=True)


def main():
    build, subjects = sys.argv[1], sys.argv[2:] or [name for name, (_, _, always) in SUBJECTS.items() if always]
    unknown = [x for x in subjects if x not in SUBJECTS]
    if unknown:
        sys.exit(f"bench: no such subject: {unknown[0]}; there are {', '.join(SUBJECTS)}")
    stop_on_signals()
    allow_many_files()
    os.makedirs(os.path.join(build, "bench"), exist_ok=True)  # stores go in there
    about = {"commit": environment.commit(), "machine": environment.machine(),
             "versions": environment.versions(build)}
    print("{cores} × {cpu}, Linux {kernel}".format_map(about["machine"]) + f"; commit {about['commit']}")
    for subject in subjects:
        measure(subject, build, about)


if __name__ == "__main__":
    main()
