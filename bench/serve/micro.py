"""The parts of a feed by themselves: runs the Google Benchmark program."""

import collections
import json
import os
import statistics

from processes import output_of

REPETITIONS = 5
MIN_TIME_SEC = 0.05
TIMEOUT_SEC = 600
NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def run(build):
    out = output_of([os.path.join(build, "kinora_bench"), "--benchmark_format=json",
                     f"--benchmark_repetitions={REPETITIONS}", f"--benchmark_min_time={MIN_TIME_SEC}"], TIMEOUT_SEC)
    took = collections.defaultdict(list)
    for x in json.loads(out)["benchmarks"]:
        if x["run_type"] != "iteration":
            continue
        if x.get("error_occurred"):
            raise RuntimeError(f"{x['name']}: {x['error_message']}")
        took[x["run_name"]].append(x["cpu_time"] * NANOSECONDS[x["time_unit"]])
    return {"rows": [{"name": name, "ns": statistics.median(each), "min_ns": min(each), "max_ns": max(each)}
                     for name, each in took.items()]}


def parse(name):
    """"a/b:1/c:2" → "a", {"b": 1, "c": 2}."""
    family, *arguments = name.split("/")
    return family, {key: int(value) for key, value in (x.split(":") for x in arguments)}


def by_size(rows):
    """Rows that rank: {(family, items): [(videos, row)]}, and the other rows."""
    ranked, others = collections.defaultdict(list), []
    for x in rows:
        family, values = parse(x["name"])
        if "items" in values and "videos" in values:
            ranked[family, values["items"]].append((values["videos"], x))
        else:
            others.append(x)
    return ranked, others


def in_words(ns):
    for unit, factor in (("ns", 1), ("µs", 1e3), ("ms", 1e6)):
        if ns < 1000 * factor or unit == "ms":
            return f"{ns / factor:.3g} {unit}"


def show(found):
    ranked, others = by_size(found["rows"])
    sizes = [videos for videos, _ in next(iter(ranked.values()))]
    lines = [f"CPU time, medians of {REPETITIONS} repetitions.", "",
             "| page | items | " + " | ".join(f"{x:,} videos" for x in sizes) + " |", "|---" * (len(sizes) + 2) + "|"]
    for (family, items), row in ranked.items():
        lines.append(f"| {family} | {items} | " + " | ".join(in_words(x["ns"]) for _, x in row) + " |")
    lines += ["", "| what | time | range |", "|---|---|---|"]
    for x in others:
        family, values = parse(x["name"])
        what = " ".join([family] + [f"{key}:{value:,}" for key, value in values.items()])
        lines.append(f"| {what} | {in_words(x['ns'])} | {in_words(x['min_ns'])}–{in_words(x['max_ns'])} |")
    return "\n".join(lines)
