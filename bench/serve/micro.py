"""The parts of a feed by themselves: runs the Google Benchmark program, and draws what ranking costs."""

import collections
import json
import os
import statistics

from plot import Line, draw
from processes import output_of

REPETITIONS = 5
MIN_TIME_SEC = 0.05
TIMEOUT_SEC = 600
NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
AIM = (10_000, 250)  # videos ranked in so many microseconds
PLOT = "ranking_cost.svg"
PLOTTED = [("rank_first_page", 50, "50 items"), ("rank_first_page", 20, "20 items"), ("rank_first_page", 1, "1 item"),
           ("rank_cold_start", 20, "20, user unknown"), ("rank_late_page", 20, "20 after 480"),
           ("rank_diverse_late_page", 20, "20 after 480, diverse")]


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
    found = {"rows": [{"name": name, "ns": statistics.median(each), "min_ns": min(each), "max_ns": max(each)}
                      for name, each in took.items()]}
    with open(os.path.join(build, "bench", PLOT), "w", encoding="utf-8") as svg:
        svg.write(plot_of(found["rows"]))
    return found


def plot_of(rows):
    lines = []
    for family, items, label in PLOTTED:
        points = []
        for x in rows:
            name, *arguments = x["name"].split("/")
            values = dict(argument.split(":") for argument in arguments if ":" in argument)
            if name == family and int(values["items"]) == items:
                points.append((int(values["videos"]), x["ns"] / 1000))
        lines.append(Line(label, sorted(points)))
    return draw("CPU time to rank a whole catalogue for one page", "videos", "µs", lines, AIM,
                f"aim: {AIM[0]:,} in {AIM[1]} µs")


def in_words(ns):
    for unit, factor in (("ns", 1), ("µs", 1e3), ("ms", 1e6)):
        if ns < 1000 * factor or unit == "ms":
            return f"{ns / factor:.3g} {unit}"


def show(found):
    lines = [f"CPU time, medians of {REPETITIONS} repetitions; the plot is bench/{PLOT} in the build "
             "folder.", "", "| what | time | range |", "|---|---|---|"]
    for x in found["rows"]:
        lines.append(f"| {x['name'].replace('/', ' ')} | {in_words(x['ns'])} "
                     f"| {in_words(x['min_ns'])}–{in_words(x['max_ns'])} |")
    return "\n".join(lines)
