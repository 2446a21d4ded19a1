#!/usr/bin/env python3
"""Draws what was measured, from bench/results/*.json into docs/plots/*.svg; measures nothing."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "serve"))

import results  # noqa: E402
from micro import by_size  # noqa: E402
from plot import Line, draw  # noqa: E402

FOLDER = os.path.join(os.path.dirname(HERE), "docs", "plots")
RANKING_AIM = (10_000, 250)  # videos ranked in so many microseconds
RANKING_LINES = [("rank_first_page", 50, "50 items"), ("rank_first_page", 20, "20 items"),
                 ("rank_first_page", 1, "1 item"), ("rank_cold_start", 20, "20, user unknown"),
                 ("rank_late_page", 20, "20 after 480"), ("rank_diverse_late_page", 20, "20 after 480, diverse")]


def line(label, rows, x, y, factor=1.0):
    return Line(label, [(row[x], row[y] * factor) for row in rows])


def ticks(rows, key):
    return [row[key] for row in rows]


def feeds_over_connections(found):
    rows = found["connections"]
    return draw("Throughput over connections, closed loop", "connections", "answers/s",
                [line("Kinora", rows, "connections", "feeds_per_sec"),
                 line("nginx, same bytes", rows, "connections", "nginx_per_sec")], ticks(rows, "connections"))


def p99_over_connections(found):
    rows = found["connections"]
    return draw("p99 over connections, closed loop", "connections", "p99, ms",
                [line("Kinora", rows, "connections", "p99_us", 1e-3),
                 line("nginx, same bytes", rows, "connections", "nginx_p99_us", 1e-3)], ticks(rows, "connections"))


def cost_over_videos(found):
    rows = found["videos"]
    return draw("What a feed costs over the size of the catalogue", "videos of the tenant", "µs a feed",
                [line("p50, 1 connection", rows, "videos", "p50_us"),
                 line(f"CPU, {found['busy_connections']} connections", rows, "videos", "cpu_us")], ticks(rows, "videos"))


def cost_over_tenants(found):
    rows = found["rows"]
    over = f"{found['connections']} connections"
    return draw("What a feed costs over the number of tenants, 1,000 videos each", "tenants", "µs a feed",
                [line(f"p50, {over}", rows, "tenants", "p50_us"), line(f"CPU, {over}", rows, "tenants", "cpu_us")],
                ticks(rows, "tenants"))


def ranking_cost(found):
    ranked, _ = by_size(found["rows"])
    lines = [Line(label, [(videos, x["ns"] / 1000) for videos, x in ranked[family, items]])
             for family, items, label in RANKING_LINES]
    return draw("CPU time to rank a whole catalogue for one page", "videos", "µs a page", lines, aim=RANKING_AIM,
                aim_label=f"aim: {RANKING_AIM[0]:,} in {RANKING_AIM[1]} µs")


# plot -> the subject whose results it shows
PLOTS = {feeds_over_connections: "scale", p99_over_connections: "scale", cost_over_videos: "scale",
         cost_over_tenants: "tenants", ranking_cost: "micro"}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for plot, subject in PLOTS.items():
        name = plot.__name__ + ".svg"
        found = results.kept(subject)
        if found is None:
            print(f"docs/plots/{name}: left as it is, there is no bench/results/{subject}.json")
            continue
        with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as svg:
            svg.write(plot(found))
        print(f"docs/plots/{name}: drawn")


if __name__ == "__main__":
    main()
