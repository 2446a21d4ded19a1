"""A small plot with two logarithmic axes, as SVG, readable on a light page and on a dark one."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 66, 54
LABEL_GAP = 16
STEPS = (1, 2, 5)
STEPS_MAX = 10  # more numbers than that on an axis, and only powers of ten are written

STYLE = """
.page{fill:#fff} text{fill:#333} .grid{stroke:#ddd}
.l0{color:#1b6ca8} .l1{color:#1f8a4c} .l2{color:#8c6bb1} .l3{color:#b87400} .l4{color:#c43c39} .l5{color:#6b6b6b}
.mark{stroke:#000}
g text{fill:currentColor}
@media (prefers-color-scheme:dark){.page{fill:#0d1117} text{fill:#ccc} .grid{stroke:#30363d} .mark{stroke:#fff}
.l0{color:#58a6ff} .l1{color:#56c47f} .l2{color:#bf9ee6} .l3{color:#e3a436} .l4{color:#ff7b72} .l5{color:#a0a0a0}}
"""


@dataclass
class Line:
    """A labelled line through points (x, y), all above 0."""

    label: str
    points: list


def steps_around(low, high):
    """1, 2 and 5 times powers of ten, from the last that is not above `low` to the first that is not below `high`."""
    all_steps = [step * 10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
                 for step in STEPS]
    begin = max(x for x in all_steps if x <= low * 1.000001)
    end = min(x for x in all_steps if x >= high * 0.999999)
    return [x for x in all_steps if begin <= x <= end]


class Axis:
    """Maps values to pixels; it begins and ends at a round number, or with the first and last of `ticks`."""

    def __init__(self, values, begin, end, ticks=None):
        steps = ticks or steps_around(min(values), max(values))
        self._low = math.log10(steps[0])
        self._begin = begin
        self._pixels = (end - begin) / ((math.log10(steps[-1]) - self._low) or 1)
        powers = [x for x in steps if math.log10(x).is_integer()]
        self.ticks = powers if len(steps) > STEPS_MAX and not ticks else steps

    def at(self, value):
        return round(self._begin + (math.log10(value) - self._low) * self._pixels, 1)


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def number(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def cross(x, y):
    return f'<path class="mark" d="M{x - 5} {y - 5}l10 10m0 -10l-10 10" stroke-width="2"/>'


def grid(x, y, x_words, y_words):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value in x.ticks:
        yield f'<path class="grid" d="M{x.at(value)} {TOP}V{bottom}"/>'
        yield text(x.at(value), bottom + 18, number(value), "middle")
    for value in y.ticks:
        yield f'<path class="grid" d="M{LEFT} {y.at(value)}H{right}"/>'
        yield text(LEFT - 8, y.at(value) + 4, number(value), "end")
    yield text((LEFT + right) / 2, HEIGHT - 12, x_words, "middle")
    yield text(LEFT - 44, TOP - 16, y_words)


def curves(lines, x, y):
    """The lines, with labels at their right ends, moved apart where they would overlap."""
    lowest = math.inf
    for index, line in sorted(enumerate(lines), key=lambda pair: y.at(pair[1].points[-1][1]), reverse=True):
        places = [(x.at(a), y.at(b)) for a, b in line.points]
        lowest = min(places[-1][1] + 4, lowest - LABEL_GAP)
        yield f'<g class="l{index}">'
        yield (f'<polyline points="{" ".join(f"{a},{b}" for a, b in places)}" fill="none" stroke="currentColor" '
               'stroke-width="2"/>')
        yield from (f'<circle cx="{a}" cy="{b}" r="3" fill="currentColor"/>' for a, b in places)
        yield text(places[-1][0] + 10, lowest, line.label) + "</g>"


def draw(title, x_words, y_words, lines, x_ticks=None, aim=None, aim_label=""):
    """The plot; `aim` is a point that is marked with a cross."""
    points = [point for line in lines for point in line.points] + ([aim] if aim else [])
    x = Axis([a for a, _ in points], LEFT, WIDTH - RIGHT, x_ticks)
    y = Axis([b for _, b in points], HEIGHT - BOTTOM, TOP)
    marks = [cross(x.at(aim[0]), y.at(aim[1])), cross(LEFT + 20, TOP + 20),
             text(LEFT + 32, TOP + 24, aim_label)] if aim else []
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
        text(LEFT - 44, 24, title, size=15),
        *grid(x, y, x_words, y_words), *curves(lines, x, y), *marks,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
