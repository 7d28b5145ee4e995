"""Projects of older versions of the program, brought to the present form step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.strict import ProjectError

MIGRATIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()
"""For every format that has been left behind, from 1 on, what makes the next one of it: a pure function from plain
values to plain values. Each has a sample of its format among the tests, as it was written in its time.
"""
LARGEST = 10**6  # beyond, it is no number of a format


def migrated(plain: Any) -> Any:
    """A project's plain values in the present form. Raises ProjectError for one of a newer program; anything else is
    for the strict reading to judge.
    """
    given = plain.get("format", 1) if isinstance(plain, dict) else None
    newest = len(MIGRATIONS) + 1
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= LARGEST:
        return plain
    if given > newest:
        raise ProjectError(
            f"format is {given}: the project was made by a newer Cascade; this one reads formats up to {newest}."
        )
    for migrate in MIGRATIONS[given - 1 :]:
        plain = migrate(plain)
    return plain
