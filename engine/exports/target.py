"""Where what is exported goes: a file or a folder that was named, with what belongs to it beside."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from engine.storage import write_atomically
from engine.strict import ProjectError


def main_file(out: Path, stem: str, suffix: str) -> Path:
    """Where the main file goes: OUT, or its usual name in OUT where that is a folder, or a name of one to be made.
    Raises ProjectError.
    """
    if not out.absolute().parent.is_dir():
        raise ProjectError(f"--out names a folder that does not exist: {out.parent}.")
    if not out.suffix or out.is_dir():
        _make(out)
        return out / (stem + suffix)
    if out.suffix != suffix:
        raise ProjectError(f"--out takes a name that ends in {suffix}, or a folder, given {out.name}.")
    if hides_a_module(out):
        raise ProjectError(f"--out: a program called {out.name} would be taken for the module that it imports.")
    return out


def hides_a_module(path: Path) -> bool:
    """Whether a program of that name would be taken for a module, by itself and by others in its folder."""
    return path.suffix == ".py" and path.stem in sys.stdlib_module_names | {"numpy", "safetensors", "torch"}


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Writes files by their names, what the first one needs before it. Returns their paths. Raises ProjectError."""
    for name in reversed(list(files)):
        write_atomically(folder / name, files[name])
    return [folder / name for name in files]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ProjectError(f"--out names a folder that cannot be made: {folder}: {error.strerror}.") from None
