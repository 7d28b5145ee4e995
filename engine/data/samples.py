"""Raw samples, before they are split, scaled and encoded for a loss."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lazy import Array


@dataclass(frozen=True)
class Samples:
    """Inputs (N, D) or (N, C, H, W) in float64 with labels (N,) and the classes' names, or real values (N, K).
    ``names`` are those of the D inputs; empty where they have none.
    """

    inputs: Array
    labels: Array | None = None
    classes: tuple[str, ...] | None = None
    values: Array | None = None
    names: tuple[str, ...] = ()
