"""The state of a file at one moment, to tell later whether somebody else has changed it."""

from __future__ import annotations

import hashlib
from pathlib import Path


def stamp(path: Path) -> str:
    """The fingerprint of what a file holds, equal as long as it holds the same; empty where none can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return ""
