"""What a run finds wrong with a block while all numbers are still finite."""

from __future__ import annotations

import msgspec

UNITS_NAMED = 100
"""Units that a finding lists by number; ``count`` tells how many there are."""


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to know about a block, found at a step. ``text`` is one sentence, ``short`` fits on the block.

    ``count`` of its ``of`` units (channels, where it gives out images) are concerned, the first of them by number
    in ``units``; all are 0 where the block as a whole is meant. A finding without ``short`` says that an earlier one
    of this kind is over.
    """

    kind: str
    block: str
    step: int
    text: str
    short: str = ""
    suggestion: str = ""
    count: int = 0
    of: int = 0
    units: tuple[int, ...] = ()

    @property
    def over(self) -> bool:
        """Whether what was found earlier is no longer so."""
        return not self.short
