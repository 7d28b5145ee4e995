"""Seeded streams: each purpose draws from its own, so that one more block does not change what the others draw."""

from __future__ import annotations

import hashlib
from typing import Any

from engine.lazy import np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose ("data", "split", "shuffle", "init/dense_1") under a seed. Equal arguments, equal
    draws.
    """
    digest = hashlib.sha256(purpose.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def resumed(state: dict[str, Any]) -> np.random.Generator:
    """A generator of its own that goes on from the state of a stream."""
    bits = np.random.PCG64()
    bits.state = state  # type: ignore[assignment]
    return np.random.Generator(bits)
