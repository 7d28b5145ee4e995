"""How finely a picture is computed: as finely as fits into the time that one frame may take."""

from __future__ import annotations

BUDGET = 0.008  # seconds of computing for a frame
COARSEST, FINEST, STEP = 40, 120, 20


class Pace:
    """``side`` is the number of cells along each side; ``took`` says what computing them cost."""

    def __init__(self) -> None:
        self.side = 80

    def took(self, seconds: float) -> None:
        """Coarser after a frame that cost too much, finer where the next finer one fits as well."""
        finer = self.side + STEP
        if seconds > BUDGET:
            self.side = max(COARSEST, self.side - STEP)
        elif seconds * (finer / self.side) ** 2 < BUDGET / 2:
            self.side = min(FINEST, finer)
