"""Strokes of a pen over a drawing, each a value that grows until the pen is lifted. Nobody else is touched meanwhile.

A stroke begins where the pen is put down; ``move`` takes it on, ``points`` is what the drawing would then hold.
"""

from __future__ import annotations

import math

from engine.data.drawing import Drawing, Point
from engine.lazy import Array, Generator, np

DECIMALS = 4  # of what is drawn: finer than the pixels of any board


class Stroke:
    """``where`` is the place of the pen."""

    def __init__(self, drawing: Drawing, x: float, y: float) -> None:
        self.drawing = drawing
        self.where = (x, y)

    def move(self, x: float, y: float) -> None:
        """The pen goes straight on to a point."""
        self.where = (x, y)

    @property
    def points(self) -> tuple[Point, ...]:
        """All points of the drawing, were the pen lifted now."""
        raise NotImplementedError


class Paint(Stroke):
    """Points of one class: the first exactly where the pen is put down, then one after every ``spacing`` of its way,
    anywhere within ``spread`` of it.
    """

    def __init__(
        self, drawing: Drawing, x: float, y: float, label: int, spacing: float, spread: float, generator: Generator
    ) -> None:
        super().__init__(drawing, x, y)
        self.label, self._spacing, self._spread, self._generator = label, spacing, spread, generator
        self._to_go = spacing  # until the next point
        self.added: list[Point] = [self._point(x, y)]

    def move(self, x: float, y: float) -> None:
        (left, below), far = self.where, math.dist(self.where, (x, y))
        while self._to_go <= far:
            share = self._to_go / far
            off_x, off_y = self._scatter()
            self.added.append(self._point(left + share * (x - left) + off_x, below + share * (y - below) + off_y))
            self._to_go += self._spacing
        self._to_go -= far
        super().move(x, y)

    @property
    def points(self) -> tuple[Point, ...]:
        return (*self.drawing.points, *self.added)

    def _point(self, x: float, y: float) -> Point:
        return round(x, DECIMALS), round(y, DECIMALS), self.label

    def _scatter(self) -> tuple[float, float]:
        """Anywhere in the disc, each place as likely as any other."""
        radius, angle = self._generator.random(2).tolist()
        far = self._spread * math.sqrt(radius)
        return far * math.cos(2 * math.pi * angle), far * math.sin(2 * math.pi * angle)


class Erase(Stroke):
    """Rubs out every point that the pen comes as near as ``radius``."""

    def __init__(self, drawing: Drawing, x: float, y: float, radius: float) -> None:
        super().__init__(drawing, x, y)
        self._places: Array = np.array([point[:2] for point in drawing.points], dtype=float).reshape(-1, 2)
        self._radius = radius
        self.kept: Array = np.ones(len(drawing.points), bool)
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        start, along = np.array(self.where), np.array([x, y]) - self.where
        share = np.clip((self._places - start) @ along / (along @ along or 1.0), 0, 1)
        far = np.linalg.norm(self._places - start - share[:, None] * along, axis=1)
        self.kept = self.kept & (far > self._radius)
        super().move(x, y)

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(point for point, kept in zip(self.drawing.points, self.kept.tolist(), strict=True) if kept)


class Trace(Stroke):
    """A curve: a point at every multiple of ``spacing`` along x that the pen passes, at the height of the pen. What was
    drawn there before gives way, so that each x has one y.
    """

    def __init__(self, drawing: Drawing, x: float, y: float, spacing: float) -> None:
        super().__init__(drawing, x, y)
        self._spacing = spacing
        self._heights = {round(x / spacing): y}

    def move(self, x: float, y: float) -> None:
        (before, height), spacing = self.where, self._spacing
        low, high = math.ceil(min(before, x) / spacing), math.floor(max(before, x) / spacing)
        for number in range(low, high + 1):
            share = (number * spacing - before) / (x - before) if x != before else 1.0
            self._heights[number] = height + share * (y - height)
        if x == before:  # straight up or down: the nearest point follows
            self._heights[round(x / spacing)] = y
        super().move(x, y)

    @property
    def points(self) -> tuple[Point, ...]:
        first, last = min(self._heights), max(self._heights)
        left, right = (first - 0.5) * self._spacing, (last + 0.5) * self._spacing
        others = [point for point in self.drawing.points if not left < point[0] < right]
        return tuple(sorted((*others, *self.added)))

    @property
    def added(self) -> list[Point]:
        """The points of the stroke itself, from left to right."""
        places = sorted(self._heights.items())
        return [(round(number * self._spacing, DECIMALS), round(y, DECIMALS)) for number, y in places]
