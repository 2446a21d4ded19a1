#!/usr/bin/env python3
"""Measures Kinora: run.py BUILD_FOLDER [feeds]... Prints Markdown, and keeps JSON in BUILD_FOLDER/bench."""

import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "serve"))

from processes import stop_on_sigterm  # noqa: E402

TITLES = {"feeds": "Feeds against nginx"}


def main():
    build, subjects = sys.argv[1], sys.argv[2:] or list(TITLES)
    unknown = [x for x in subjects if x not in TITLES]
    if unknown:
        sys.exit(f"bench: no such subject: {unknown[0]}; there are {', '.join(TITLES)}")
    stop_on_sigterm()
    results = os.path.join(build, "bench")
    os.makedirs(results, exist_ok=True)
    for subject in subjects:
        print(f"\n## {TITLES[subject]}\n", flush=True)
        part = importlib.import_module(subject)
        found = part.run(os.path.join(build, "kinora"))
        with open(os.path.join(results, subject + ".json"), "w", encoding="utf-8") as out:
            json.dump(found, out, indent=1)
        print(part.show(found), flush=True)


if __name__ == "__main__":
    main()
