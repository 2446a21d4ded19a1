"""Figures of several rounds, in words and numbers."""

import statistics


def median_of(rounds, key):
    return statistics.median(x[key] for x in rounds)


def ratios_of(rounds, others, key):
    """Of each round to its neighbour in time."""
    return [x[key] / y[key] for x, y in zip(rounds, others)]


def in_words(values, form="{:.2f}"):
    """Median and range."""
    return f"{form.format(statistics.median(values))} ({form.format(min(values))}–{form.format(max(values))})"
