"""Schedules in Python: the body of a function of ``step``, counted from 1, that gives the factor on the learning rate.

It computes in the order of ``engine.schedules``, so that it gives the very same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.schedules import Schedule

COURSES: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "constant": lambda course: ("1.0",),
    "step": lambda course: (f"{course.by!r} ** ((step - 1) // {course.every})",),
    "exponential": lambda course: (f"{course.by!r} ** (step - 1)",),
    "cosine": lambda course: (
        f"done = min(step - 1, {course.steps})",
        f"wave = 0.5 * (1 + math.cos(math.pi * done / {course.steps}))",
        f"{course.floor!r} + {1 - course.floor!r} * wave",
    ),
}
"""For every kind the lines of its course, the last of them an expression: the factor without warm-up."""


def factor(schedule: Schedule) -> list[str]:
    """The lines of the function."""
    *lines, course = COURSES[schedule.kind](schedule)
    if schedule.warmup:
        lines.append(f"course = {course}")
        course = f"min(1.0, step / {schedule.warmup}) * course"
    return [*lines, f"return {course}"]
