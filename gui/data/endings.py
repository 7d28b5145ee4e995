"""How the names of data files end."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".npy", ".npz", ".idx", ".gz"}
    | {f".idx{axes}-ubyte" for axes in (1, 3)}
)
PATTERNS = " ".join((*(f"*{suffix}" for suffix in sorted(SUFFIXES)), "*-ubyte"))
"""As file dialogs want them."""


def is_data(path: Path) -> bool:
    """Whether a path is one of data rather than of a project."""
    return path.suffix.lower() in SUFFIXES or path.name.lower().endswith("-ubyte") or path.is_dir()
