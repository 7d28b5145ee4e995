"""Small chains for tests, in the plain form of a project file."""

from __future__ import annotations

from typing import Any

import engine
from engine.project import Project

SPIRALS = {"kind": "spirals"}
DIGITS = {"kind": "digits"}


def dense(units: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "dense", "units": units, **fields}


def of(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def project(*chain: dict[str, Any], loss: str = "binary_cross_entropy", **fields: Any) -> Project:
    """A project with that chain; two-class points unless said otherwise."""
    return engine.load({"chain": list(chain), "loss": {"kind": loss}, **fields})


def tanh_chain(width: int = 8, depth: int = 2, **fields: Any) -> Project:
    """2-(width x depth)-1 with tanh between."""
    hidden = [each for _ in range(depth) for each in (dense(width), of("tanh"))]
    return project(*hidden, dense(1), **fields)
