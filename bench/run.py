#!/usr/bin/env python3
"""Measures Kinora: run.py BUILD_FOLDER [SUBJECT]... Prints Markdown, and keeps JSON in BUILD_FOLDER/bench."""

import importlib
import json
import os
import platform
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "serve"))

from processes import stop_on_signals  # noqa: E402

# subject -> title, module, whether it is measured when nothing is named
SUBJECTS = {
    "feeds": ("Feeds against nginx", "feeds", True),
    "overload": ("Overload", "overload", True),
    "micro": ("Parts of a feed", "micro", True),
    "memory": ("Memory and start", "memory", True),
    "catalogue": ("A tenant of 100,000 videos", "catalogue", True),
    "events": ("Events", "events", True),
    "store": ("The store", "store", True),
    "users": ("A million users", "users", True),
    "profile": ("What a feed costs", "profile_feeds", False),
}


def machine():
    """Where this runs, in a line."""
    with open("/proc/cpuinfo", encoding="ascii") as cpus:
        model = next((line.partition(":")[2].strip() for line in cpus if line.startswith("model name")), "unknown CPU")
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, Python {platform.python_version()}"


def main():
    build, subjects = sys.argv[1], sys.argv[2:] or [name for name, (_, _, always) in SUBJECTS.items() if always]
    unknown = [x for x in subjects if x not in SUBJECTS]
    if unknown:
        sys.exit(f"bench: no such subject: {unknown[0]}; there are {', '.join(SUBJECTS)}")
    stop_on_signals()
    results = os.path.join(build, "bench")
    os.makedirs(results, exist_ok=True)
    print(machine())
    for subject in subjects:
        title, module, _ = SUBJECTS[subject]
        print(f"\n## {title}\n\nLoad of the machine before it: {os.getloadavg()[0]:.1f}.\n", flush=True)
        part = importlib.import_module(module)
        found = part.run(build)
        with open(os.path.join(results, subject + ".json"), "w", encoding="utf-8") as out:
            json.dump(found, out, indent=1)
        print(part.show(found), flush=True)


if __name__ == "__main__":
    main()
