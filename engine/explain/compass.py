"""Which way to adjust a number: what the derivative says at one sample, what the whole batch says, what training did.

The signs at one sample and over the batch differ for many parameters, so each is named.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP = 0.01
"""The change of the number that is spoken of."""


@dataclass(frozen=True)
class Compass:
    """By how much the error changes, at one sample and in the mean over the batch, when the number is raised by
    ``step``; both by the derivative. ``moved`` is what the update of the step did to the number: None where no step
    was made, or where it is an input.
    """

    of_sample: float
    of_batch: float
    moved: float | None = None
    frozen: bool = False
    step: float = STEP

    @property
    def follows(self) -> bool:
        """Whether the update went against the batch's derivative."""
        return self.moved is not None and self.moved * self.of_batch < 0


def compass(of_sample: float, of_batch: float, moved: float | None = None, frozen: bool = False) -> Compass:
    """The compass for two derivatives and what the update did."""
    return Compass(of_sample * STEP, of_batch * STEP, None if frozen else moved, frozen)
