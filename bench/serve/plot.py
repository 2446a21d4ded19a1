"""A small plot with two logarithmic axes, as SVG."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 50, 50
COLOURS = ["#1b6ca8", "#2a9d5c", "#8c6bb1", "#d98e04", "#c43c39", "#5b5b5b"]
LABEL_GAP = 16


@dataclass
class Line:
    """A labelled line through points (x, y), all above 0."""

    label: str
    points: list


class Axis:
    """Maps values on whole decades to pixels."""

    def __init__(self, values, begin, end):
        self.first = math.floor(math.log10(min(values)))
        self.last = math.ceil(math.log10(max(values)))
        self._begin = begin
        self._step = (end - begin) / (self.last - self.first)

    def at(self, value):
        return round(self._begin + (math.log10(value) - self.first) * self._step, 1)

    def decades(self):
        return [10 ** x for x in range(self.first, self.last + 1)]


def text(x, y, words, anchor="start", size=12, colour="#333"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{words}</text>'


def cross(x, y):
    return f'<path d="M{x - 5} {y - 5}l10 10m0 -10l-10 10" stroke="black" stroke-width="2"/>'


def grid(x, y, x_unit, y_unit):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value in x.decades():
        yield f'<line x1="{x.at(value)}" y1="{TOP}" x2="{x.at(value)}" y2="{bottom}" stroke="#ddd"/>'
        yield text(x.at(value), bottom + 18, f"{value:,}", "middle")
    for value in y.decades():
        yield f'<line x1="{LEFT}" y1="{y.at(value)}" x2="{right}" y2="{y.at(value)}" stroke="#ddd"/>'
        yield text(LEFT - 8, y.at(value) + 4, f"{value:,}", "end")
    yield text((LEFT + right) / 2, HEIGHT - 12, x_unit, "middle")
    yield text(LEFT - 8, TOP - 12, y_unit, "end")


def curves(lines, x, y):
    """The lines, with labels at their right ends, moved apart where they would overlap."""
    lowest = math.inf
    coloured = zip(lines, COLOURS)
    for line, colour in sorted(coloured, key=lambda pair: y.at(pair[0].points[-1][1]), reverse=True):
        places = [(x.at(a), y.at(b)) for a, b in line.points]
        path = " ".join(f"{a},{b}" for a, b in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for a, b in places:
            yield f'<circle cx="{a}" cy="{b}" r="3" fill="{colour}"/>'
        lowest = min(places[-1][1] + 4, lowest - LABEL_GAP)
        yield text(places[-1][0] + 10, lowest, line.label, colour=colour)


def draw(title, x_unit, y_unit, lines, aim, aim_label):
    """The plot; `aim` is a point that is marked with a cross."""
    points = [aim] + [point for line in lines for point in line.points]
    x = Axis([a for a, _ in points], LEFT, WIDTH - RIGHT)
    y = Axis([b for _, b in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 22, title, size=15),
        *grid(x, y, x_unit, y_unit),
        *curves(lines, x, y),
        cross(x.at(aim[0]), y.at(aim[1])),
        cross(LEFT + 20, TOP + 20),
        text(LEFT + 32, TOP + 24, aim_label),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
