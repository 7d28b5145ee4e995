"""A chain as a straight line of numpy calls on preallocated memory, recorded once per batch size and replayed every
step.

``watched`` holds the arrays that note what is done to them, ``tape`` the calls, ``memory`` the place of every
temporary, ``areas`` the layout of a chain's values, ``order`` the order of its blocks, and ``plan`` puts them on a
tape. ``halves`` shares a step between two threads.
"""

from __future__ import annotations

from engine.plan.halves import SECOND_HALF, Halves
from engine.plan.plan import ALL_PASSES, Plan

__all__ = ["ALL_PASSES", "SECOND_HALF", "Halves", "Plan"]
