"""A chain as a straight line of numpy calls on preallocated memory, recorded once per batch size and replayed every
step.

``watched`` holds the arrays that note what is done to them, ``tape`` the calls, ``memory`` the place of every
temporary, ``areas`` the layout of a chain's values, and ``plan`` puts a chain's layers on a tape.
"""

from __future__ import annotations

from engine.plan.plan import ALL_PASSES, Plan

__all__ = ["ALL_PASSES", "Plan"]
