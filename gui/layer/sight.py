"""What is looked at in the layer panel."""

from __future__ import annotations

import msgspec

CELLS, HISTOGRAM, UNIT = "cells", "histogram", "unit"
"""The pictures: every number as a cell, how they are distributed, and those of one unit."""
BLOCK, CHAIN, FROZEN = "block", "chain", "frozen"
"""What decides the ends of the colour scale: this block, all blocks, or what it was when it was frozen."""


class Sight(msgspec.Struct, frozen=True):
    """``value`` names one of ``values.VALUES``. ``sample`` is the number of a training sample, None for the mean of the
    batch; it matters for what passes a block.
    """

    block: str = ""
    value: str = "gradient"
    picture: str = CELLS
    unit: int = 0
    sample: int | None = None
    scale: str = BLOCK
